"""A parsed expression and the search for the moments at which it fires."""

from datetime import datetime, timedelta

from .errors import CronError
from .fields import KINDS, parse_field

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

SEARCH_YEARS = 8


class Schedule:
    """Five fields. Datetimes go in and come out as they are: naive stays naive, a tzinfo is kept."""

    def __init__(self, expression, fields):
        self.expression = expression
        self.minute, self.hour, self.day, self.month, self.weekday = fields

    @classmethod
    def parse(cls, expression):
        """Reads an expression or an alias such as '@daily'; raises CronError."""
        text = expression.strip()
        if text.startswith("@"):
            if text.lower() not in ALIASES:
                raise CronError("unknown alias %r" % text)
            text = ALIASES[text.lower()]
        parts = text.split()
        if len(parts) != len(KINDS):
            raise CronError("expected 5 fields, found %d" % len(parts))
        return cls(expression, [parse_field(kind, part) for kind, part in zip(KINDS, parts)])

    def __repr__(self):
        return "Schedule.parse(%r)" % self.expression

    def matches_day(self, day):
        """Whether the schedule fires at all on the date of `day`."""
        if day.month not in self.month:
            return False
        by_date = day.day in self.day
        by_weekday = day.isoweekday() % 7 in self.weekday
        if self.day.is_star or self.weekday.is_star:
            return by_date and by_weekday
        return by_date or by_weekday

    def matches(self, moment):
        """Whether the schedule fires in the minute of `moment`."""
        return moment.minute in self.minute and moment.hour in self.hour and self.matches_day(moment)

    def next_after(self, moment):
        """The first firing strictly after `moment`, or None within the search limit."""
        candidate = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        limit = candidate + timedelta(days=366 * SEARCH_YEARS)
        while candidate <= limit:
            if not self.matches_day(candidate):
                candidate = _start_of_day(candidate) + timedelta(days=1)
            elif candidate.hour not in self.hour:
                candidate = candidate.replace(minute=0) + timedelta(hours=1)
            elif candidate.minute not in self.minute:
                candidate += timedelta(minutes=1)
            else:
                return candidate
        return None

    def previous_before(self, moment):
        """The last firing strictly before `moment`, or None within the search limit."""
        candidate = moment.replace(second=0, microsecond=0)
        if candidate == moment:
            candidate -= timedelta(minutes=1)
        limit = candidate - timedelta(days=366 * SEARCH_YEARS)
        while candidate >= limit:
            if not self.matches_day(candidate):
                candidate = _start_of_day(candidate) - timedelta(minutes=1)
            elif candidate.hour not in self.hour:
                candidate = candidate.replace(minute=0) - timedelta(minutes=1)
            elif candidate.minute not in self.minute:
                candidate -= timedelta(minutes=1)
            else:
                return candidate
        return None

    def upcoming(self, moment, count):
        """The next `count` firings strictly after `moment`; fewer when the search limit is met."""
        found = []
        while len(found) < count:
            moment = self.next_after(moment)
            if moment is None:
                break
            found.append(moment)
        return found

    def between(self, start, end):
        """Yields the firings from `start` (included) up to `end` (not included)."""
        moment = self.next_after(start - timedelta(microseconds=1))
        while moment is not None and moment < end:
            yield moment
            moment = self.next_after(moment)


def _start_of_day(moment: datetime):
    return moment.replace(hour=0, minute=0)
