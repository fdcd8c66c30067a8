"""The five fields of an expression: their ranges, names and how one of them is parsed."""

from dataclasses import dataclass
from typing import Dict, FrozenSet

from .errors import CronError

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


@dataclass(frozen=True)
class FieldKind:
    """What may stand in a field: values from `low` to `high`, and names for some of them."""

    name: str
    low: int
    high: int
    names: Dict[str, int]

    def number(self, text):
        """Reads one value, a number or a name."""
        lowered = text.lower()
        if lowered in self.names:
            return self.names[lowered]
        if not (text.isascii() and text.isdigit()):
            raise CronError("not a value: %r" % text, self.name)
        value = int(text)
        if not self.low <= value <= self.high:
            raise CronError("%d is not between %d and %d" % (value, self.low, self.high), self.name)
        return value


@dataclass(frozen=True)
class Field:
    """The parsed field: the values that match, and whether the text began with a star."""

    kind: FieldKind
    text: str
    values: FrozenSet[int]

    @property
    def is_star(self):
        return self.text.startswith("*")

    @property
    def is_every(self):
        """True when the field does not restrict anything."""
        return self.text == "*"

    def __contains__(self, value):
        return value in self.values


MINUTE = FieldKind("minute", 0, 59, {})
HOUR = FieldKind("hour", 0, 23, {})
DAY = FieldKind("day of month", 1, 31, {})
MONTH = FieldKind("month", 1, 12, {name: index + 1 for index, name in enumerate(MONTHS)})
WEEKDAY = FieldKind("day of week", 0, 7, {name: index for index, name in enumerate(WEEKDAYS)})

KINDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)


def parse_field(kind, text):
    """Parses one field. Sunday is 0 in the values of the result, however it was written."""
    values = set()
    for part in text.split(","):
        values.update(_parse_part(kind, part))
    if kind is WEEKDAY and 7 in values:
        values.discard(7)
        values.add(0)
    return Field(kind, text, frozenset(values))


def _parse_part(kind, part):
    span, slash, step_text = part.partition("/")
    step = 1
    if slash:
        if not (step_text.isascii() and step_text.isdigit()) or int(step_text) == 0:
            raise CronError("bad increment %r" % step_text, kind.name)
        step = int(step_text)
    if span == "*":
        first, last = kind.low, 6 if kind is WEEKDAY else kind.high
    elif "-" in span:
        left, _, right = span.partition("-")
        first, last = kind.number(left), kind.number(right)
        if kind is WEEKDAY and last == 0 and first > 0:
            last = 7
    else:
        first = kind.number(span)
        last = kind.high if slash else first
    if first > last:
        raise CronError("range %s runs backwards" % span, kind.name)
    return range(first, last + 1, step)
