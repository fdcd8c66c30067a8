"""Durations as people write them: '1h30m', '45 min', '2d 4h'."""

import re
from datetime import timedelta

_UNITS = {
    "d": 86400,
    "day": 86400,
    "days": 86400,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    "m": 60,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
}

_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


def parse_duration(text):
    """Reads a sum of parts, each a number with a unit; ValueError for anything else.

    Numbers may have decimals ('1.5h'). A unit may be given only once.
    """
    position = 0
    total = timedelta()
    seen = set()
    stripped = text.strip()
    while position < len(stripped):
        found = _PART.match(stripped, position)
        if found is None or found.group(2).lower() not in _UNITS:
            raise ValueError("not a duration: %r" % text)
        seconds = _UNITS[found.group(2).lower()]
        if seconds in seen:
            raise ValueError("unit given twice: %r" % text)
        seen.add(seconds)
        total += timedelta(seconds=float(found.group(1)) * seconds)
        position = found.end()
    if not seen:
        raise ValueError("not a duration: %r" % text)
    return total


def format_duration(duration):
    """The shortest form with days, hours, minutes and seconds: '2d 4h', '45m', '0s'.

    Fractions of a second are cut off; a negative duration gets one minus sign in front.
    """
    whole = abs(duration)
    seconds = whole.days * 86400 + whole.seconds
    parts = []
    for letter, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append("%d%s" % (count, letter))
    if not parts:
        return "0s"
    return ("-" if duration < timedelta() else "") + " ".join(parts)
