"""The lock file: one line per package, '<name> <version>', sorted by name."""

from .errors import InvalidVersion
from .version import Version

HEADER = "# pinwheel lock 1"


def render_lock(chosen):
    """The text of the lock file for {package: Version}."""
    lines = [HEADER]
    lines += ["%s %s" % (name, chosen[name]) for name in sorted(chosen)]
    return "\n".join(lines) + "\n"


def parse_lock(text):
    """Reads a lock file; blank lines and comments are skipped. ValueError names the bad line."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != HEADER:
        raise ValueError("line 1: expected %r" % HEADER)
    chosen = {}
    for number, line in enumerate(lines[1:], start=2):
        body = line.partition("#")[0].strip()
        if not body:
            continue
        parts = body.split()
        if len(parts) != 2:
            raise ValueError("line %d: expected a name and a version" % number)
        if parts[0] in chosen:
            raise ValueError("line %d: %s is locked twice" % (number, parts[0]))
        try:
            chosen[parts[0]] = Version.parse(parts[1])
        except InvalidVersion as error:
            raise ValueError("line %d: %s" % (number, error)) from None
    return chosen


def diff_locks(before, after):
    """What changed, one text per package, sorted by package.

    '+ log 1.0.0', '- log 1.0.0', '^ log 1.0.0 -> 1.1.0' (up) and 'v log 1.1.0 -> 1.0.0' (down).
    Locks that differ in build metadata only are the same.
    """
    changes = []
    for name in sorted(set(before) | set(after)):
        old, new = before.get(name), after.get(name)
        if old is None:
            changes.append("+ %s %s" % (name, new))
        elif new is None:
            changes.append("- %s %s" % (name, old))
        elif old != new:
            changes.append("%s %s %s -> %s" % ("^" if new > old else "v", name, old, new))
    return changes
