"""What an expression means, in English."""

from .schedule import Schedule

MONTH_NAMES = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


def describe(expression):
    """A sentence such as 'at 02:30 on Monday to Friday' for an expression or a Schedule."""
    schedule = expression if isinstance(expression, Schedule) else Schedule.parse(expression)
    parts = [_describe_time(schedule)]
    days = []
    if not schedule.day.is_every:
        days.append("on the " + _spans(schedule.day.values, ordinal))
    if not schedule.weekday.is_every:
        days.append("on " + _spans(_monday_first(schedule.weekday.values), _weekday_name))
    either = not (schedule.day.is_star or schedule.weekday.is_star)
    if days:
        parts.append((" or " if either else " if also ").join(days))
    if not schedule.month.is_every:
        parts.append("in " + _spans(schedule.month.values, lambda month: MONTH_NAMES[month - 1]))
    return " ".join(parts)


def _describe_time(schedule):
    minutes, hours = sorted(schedule.minute.values), sorted(schedule.hour.values)
    if schedule.minute.is_every and schedule.hour.is_every:
        return "every minute"
    if len(minutes) == 1 and schedule.hour.is_every:
        return "at minute %d of every hour" % minutes[0]
    if len(minutes) * len(hours) <= 4:
        return "at " + _join("%02d:%02d" % (hour, minute) for hour in hours for minute in minutes)
    if schedule.minute.text.startswith("*/") and schedule.hour.is_every:
        return "every %s minutes" % schedule.minute.text[2:]
    hour_part = "every hour" if schedule.hour.is_every else "hours " + _spans(hours, str)
    minute_part = "every minute" if schedule.minute.is_every else "minutes " + _spans(minutes, str)
    return "at %s of %s" % (minute_part, hour_part)


def ordinal(number):
    """1st, 2nd, 3rd, 4th ... 11th, 12th, 13th ... 21st."""
    if 10 <= number % 100 <= 20:
        return "%dth" % number
    return "%d%s" % (number, {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th"))


def _monday_first(values):
    """Sunday counts as 7, so that weeks read from Monday to Sunday."""
    return [7 if value == 0 else value for value in values]


def _weekday_name(value):
    return DAY_NAMES[value % 7]


def _spans(values, name):
    """'1 to 3 and 7': runs of three or more values become 'first to last'."""
    ordered = sorted(values)
    runs = []
    for value in ordered:
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    texts = []
    for run in runs:
        if len(run) >= 3:
            texts.append("%s to %s" % (name(run[0]), name(run[-1])))
        else:
            texts.extend(name(value) for value in run)
    return _join(texts)


def _join(texts):
    texts = list(texts)
    if len(texts) == 1:
        return texts[0]
    return ", ".join(texts[:-1]) + " and " + texts[-1]
