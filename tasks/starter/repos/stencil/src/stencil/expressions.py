"""What stands between {{ and }}: a path and filters with arguments."""

import re
from dataclasses import dataclass
from typing import Any, Tuple

from .errors import TemplateSyntaxError
from .filters import FILTERS

_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_FILTER = re.compile(r"""\s*\|\s*([A-Za-z_]\w*)(?:\s*:\s*("[^"]*"|'[^']*'|-?\d+))?\s*""")


@dataclass(frozen=True)
class Expression:
    """A path and the filters that its value goes through: (name, argument or None)."""

    path: str
    filters: Tuple[Tuple[str, Any], ...]

    def evaluate(self, scope):
        value = scope.look_up(self.path)
        for name, argument in self.filters:
            filter_function = FILTERS[name]
            value = filter_function(value) if argument is None else filter_function(value, argument)
        return value


def parse_expression(text, line):
    """Reads `path|filter:'argument'|...`; raises TemplateSyntaxError with the line given."""
    found = _PATH.match(text)
    if found is None:
        raise TemplateSyntaxError("expected a variable, found %r" % text, line)
    path, position = found.group(), found.end()
    filters = []
    while text[position:].strip():
        part = _FILTER.match(text, position)
        if part is None:
            raise TemplateSyntaxError("cannot read %r" % text[position:].strip(), line)
        name, argument = part.groups()
        if name not in FILTERS:
            raise TemplateSyntaxError("unknown filter %r" % name, line)
        filters.append((name, _read_argument(argument)))
        position = part.end()
    return Expression(path, tuple(filters))


def _read_argument(text):
    if text is None:
        return None
    return text[1:-1] if text[0] in "'\"" else int(text)
