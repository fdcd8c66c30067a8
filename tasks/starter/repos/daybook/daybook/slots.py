"""Free time in working hours."""

from datetime import datetime, timedelta

from .intervals import Interval, subtract


def working_time(day, opens, closes, zone=None):
    """The working hours of a date as an interval; `closes` before `opens` is on the next day."""
    start = datetime.combine(day, opens, tzinfo=zone)
    end = datetime.combine(day, closes, tzinfo=zone)
    if end <= start:
        end += timedelta(days=1)
    return Interval(start, end)


def free_slots(calendar, day, opens, closes, at_least=timedelta(0), zone=None):
    """The gaps between the events that block time, in working hours, in order.

    Gaps shorter than `at_least` are left out.
    """
    gaps = subtract(working_time(day, opens, closes, zone), calendar.busy())
    return [gap for gap in gaps if gap.duration >= at_least]


def first_free(calendar, days, opens, closes, needed, zone=None):
    """An interval of exactly `needed` in the first gap that is long enough, or None.

    `days` are looked at in the order given.
    """
    for day in days:
        for gap in free_slots(calendar, day, opens, closes, needed, zone):
            return Interval(gap.start, gap.start + needed)
    return None


def utilisation(calendar, day, opens, closes, zone=None):
    """The share of the working hours that is taken, from 0.0 to 1.0."""
    whole = working_time(day, opens, closes, zone)
    free = sum((gap.duration for gap in subtract(whole, calendar.busy())), timedelta())
    return 1 - free / whole.duration
