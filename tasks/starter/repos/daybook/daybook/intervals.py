"""Half-open intervals of time and how to combine them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Interval:
    """From `start` (included) to `end` (not included). Never empty, never backwards."""

    start: datetime
    end: datetime

    def __post_init__(self):
        if (self.start.tzinfo is None) != (self.end.tzinfo is None):
            raise ValueError("naive and aware datetimes are not mixed")
        if self.end <= self.start:
            raise ValueError("an interval must end after it starts")

    @property
    def duration(self):
        return self.end - self.start

    def __contains__(self, moment):
        return self.start <= moment < self.end

    def overlaps(self, other):
        """Whether the two share any time; touching is not enough."""
        return self.start < other.end and other.start < self.end

    def touches(self, other):
        """Whether one ends exactly where the other starts."""
        return self.end == other.start or other.end == self.start

    def intersection(self, other):
        """The time both share, or None."""
        if not self.overlaps(other):
            return None
        return Interval(max(self.start, other.start), min(self.end, other.end))


def union(intervals):
    """The same time as disjoint intervals in order; overlapping and touching ones are joined."""
    joined = []
    for interval in sorted(intervals, key=lambda i: i.start):
        if joined and interval.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, interval.end))
        else:
            joined.append(interval)
    return joined


def subtract(whole, parts):
    """What is left of the interval `whole` when all `parts` are taken out, in order."""
    left = []
    cursor = whole.start
    for part in union(parts):
        if part.end <= whole.start or part.start >= whole.end:
            continue
        if part.start > cursor:
            left.append(Interval(cursor, part.start))
        cursor = max(cursor, part.end)
    if cursor < whole.end:
        left.append(Interval(cursor, whole.end))
    return left
