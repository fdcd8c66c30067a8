"""Appointments, recurring events and free time."""

from .agenda import Calendar, Event
from .durations import format_duration, parse_duration
from .intervals import Interval, subtract, union
from .recurrence import Monthly, Weekly, Yearly
from .slots import free_slots, working_time

__all__ = [
    "Calendar",
    "Event",
    "Interval",
    "Monthly",
    "Weekly",
    "Yearly",
    "format_duration",
    "free_slots",
    "parse_duration",
    "subtract",
    "union",
    "working_time",
]
