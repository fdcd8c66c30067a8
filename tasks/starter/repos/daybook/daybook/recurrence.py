"""Rules that give dates: weekly, monthly, yearly."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Tuple


class _Rule:
    """A rule yields dates in order, from the first one on or after a start, for ever."""

    def iterate(self, start):
        raise NotImplementedError

    def dates(self, start, count):
        """The first `count` dates on or after `start`."""
        iterator = self.iterate(start)
        return [next(iterator) for _ in range(count)]

    def until(self, start, last):
        """All dates from `start` to `last`, both included."""
        found = []
        for day in self.iterate(start):
            if day > last:
                return found
            found.append(day)
        return found


@dataclass(frozen=True)
class Weekly(_Rule):
    """On some weekdays (0 is Monday) of every n-th week; the week of the start is the first."""

    weekdays: Tuple[int, ...]
    every: int = 1

    def __post_init__(self):
        if not self.weekdays or any(not 0 <= day <= 6 for day in self.weekdays):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6")
        if self.every < 1:
            raise ValueError("every must be at least 1")

    def iterate(self, start):
        monday = start - timedelta(days=start.weekday())
        while True:
            for weekday in sorted(set(self.weekdays)):
                day = monday + timedelta(days=weekday)
                if day >= start:
                    yield day
            monday += timedelta(weeks=self.every)


@dataclass(frozen=True)
class Monthly(_Rule):
    """On one day of every n-th month; months that are too short give their last day."""

    day: int
    every: int = 1

    def __post_init__(self):
        if not 1 <= self.day <= 31:
            raise ValueError("day must be from 1 to 31")
        if self.every < 1:
            raise ValueError("every must be at least 1")

    def iterate(self, start):
        months = start.year * 12 + start.month - 1
        while True:
            day = clamp(months // 12, months % 12 + 1, self.day)
            if day >= start:
                yield day
            months += self.every


@dataclass(frozen=True)
class Yearly(_Rule):
    """On one date of every year; 29 February is the 28th in ordinary years."""

    month: int
    day: int

    def __post_init__(self):
        clamp(2024, self.month, self.day)

    def iterate(self, start):
        year = start.year
        while True:
            day = clamp(year, self.month, self.day)
            if day >= start:
                yield day
            year += 1


def clamp(year, month, day):
    """The date, or the last day of the month when the month is too short."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
