"""Cron expressions: parse, search, describe."""

from .describe import describe
from .errors import CronError
from .schedule import Schedule
from .upcoming import merge_upcoming

__all__ = ["CronError", "Schedule", "describe", "merge_upcoming"]
