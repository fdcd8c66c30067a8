"""Events and the calendar that holds them."""

from dataclasses import dataclass

from .intervals import Interval


@dataclass(frozen=True)
class Event:
    """A title and the time it takes. `is_free` events (birthdays, notes) do not block time."""

    title: str
    time: Interval
    is_free: bool = False


class Calendar:
    """Events in order of their start; events with the same start in the order they were added."""

    def __init__(self, events=()):
        self._events = []
        for event in events:
            self.add(event)

    def __len__(self):
        return len(self._events)

    def __iter__(self):
        return iter(sorted(self._events, key=lambda event: event.time.start))

    def add(self, event):
        if self._events and self._is_aware(event) != self._is_aware(self._events[0]):
            raise ValueError("naive and aware datetimes are not mixed")
        self._events.append(event)

    def remove(self, title):
        """Removes all events of that title; answers how many."""
        kept = [event for event in self._events if event.title != title]
        removed = len(self._events) - len(kept)
        self._events = kept
        return removed

    def during(self, interval):
        """The events that share time with the interval."""
        return [event for event in self if event.time.overlaps(interval)]

    def at(self, moment):
        """The events that go on at a moment."""
        return [event for event in self if moment in event.time]

    def busy(self):
        """The intervals of the events that block time, by start; they may overlap."""
        return [event.time for event in self if not event.is_free]

    def conflicts(self):
        """Pairs of events that block time and overlap, in order of the first, then the second."""
        blocking = [event for event in self if not event.is_free]
        pairs = []
        for index, first in enumerate(blocking):
            for second in blocking[index + 1 :]:
                if second.time.start >= first.time.end:
                    break
                pairs.append((first, second))
        return pairs

    def by_day(self, zone=None):
        """{date: [events]} by the date of the start in the time zone; days in order.

        Without a zone (naive calendars) the date is taken as it stands.
        """
        days = {}
        for event in self:
            start = event.time.start if zone is None else event.time.start.astimezone(zone)
            days.setdefault(start.date(), []).append(event)
        return days

    @staticmethod
    def _is_aware(event):
        return event.time.start.tzinfo is not None
