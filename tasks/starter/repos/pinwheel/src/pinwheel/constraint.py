"""Constraints such as '^1.2' or '>=1.0, <3 || 4.x'."""

import re
from dataclasses import dataclass

from .errors import InvalidConstraint, InvalidVersion
from .version import Version

_BOUND = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?")


@dataclass(frozen=True)
class Bound:
    """One comparison with a version."""

    operator: str
    version: Version

    def admits(self, version):
        if self.operator == ">=":
            return version >= self.version
        if self.operator == ">":
            return version > self.version
        if self.operator == "<":
            return version < self.version
        if self.operator == "<=":
            return version <= self.version
        return version == self.version


class Constraint:
    """Alternatives, each a list of bounds that must all hold."""

    def __init__(self, text, alternatives):
        self.text = text
        self._alternatives = alternatives

    @classmethod
    def parse(cls, text):
        """Reads the forms of the README; raises InvalidConstraint."""
        alternatives = []
        for alternative in text.split("||"):
            bounds = []
            for part in alternative.split(","):
                bounds.extend(_parse_part(part.strip(), text))
            alternatives.append(tuple(bounds))
        return cls(text.strip(), tuple(alternatives))

    def admits(self, version):
        return any(_all_admit(bounds, version) for bounds in self._alternatives)

    def select(self, versions):
        """The admitted ones of the versions, the highest first."""
        return sorted((version for version in versions if self.admits(version)), reverse=True)

    def __str__(self):
        return self.text

    def __repr__(self):
        return "Constraint.parse(%r)" % self.text


def _all_admit(bounds, version):
    if not all(bound.admits(version) for bound in bounds):
        return False
    if not version.is_prerelease:
        return True
    return any(b.version.is_prerelease and b.version.release == version.release for b in bounds)


def _parse_part(part, text):
    if part == "*":
        return []
    found = _BOUND.fullmatch(part)
    if found is None:
        raise InvalidConstraint("cannot read %r in %r" % (part, text))
    operator, given = found.group(1) or "=", [found.group(place) for place in (2, 3, 4)]
    numbers = [int(number or 0) for number in given]
    count = sum(number is not None for number in given)
    if operator == "=" and count < 3:
        raise InvalidConstraint("%r needs three numbers in %r" % (part, text))
    try:
        low = Version.parse("%d.%d.%d%s" % (*numbers, found.group(5) or ""))
    except InvalidVersion as error:
        raise InvalidConstraint(str(error)) from None
    if operator == "^":
        return [Bound(">=", low), Bound("<", Version(*_caret_limit(numbers, count)))]
    if operator == "~":
        kept = min(count, 2)
        return [Bound(">=", low), Bound("<", Version(*_raise_at(numbers, kept - 1)))]
    return [Bound(operator, low)]


def _caret_limit(numbers, count):
    """Raises the leftmost number that is not zero, or the last one given when all are zero."""
    for place in range(count):
        if numbers[place] != 0:
            return _raise_at(numbers, place)
    return _raise_at(numbers, count - 1)


def _raise_at(numbers, place):
    return numbers[:place] + [numbers[place] + 1] + [0] * (2 - place)
