from datetime import datetime

from cronwise import merge_upcoming
from cronwise.upcoming import busiest_minute

JOBS = {"backup": "0 2 * * *", "report": "0 */2 * * *"}


def test_merged_in_order_of_time():
    found = merge_upcoming(JOBS, datetime(2025, 3, 1, 1), 4)
    assert [(when.hour, name) for when, name in found] == [
        (2, "backup"),
        (2, "report"),
        (4, "report"),
        (6, "report"),
    ]


def test_schedules_that_never_fire_are_left_out():
    jobs = {"never": "0 0 30 2 *", "daily": "@daily"}
    assert [name for _, name in merge_upcoming(jobs, datetime(2025, 3, 1), 2)] == ["daily", "daily"]


def test_busiest_minute():
    when, names = busiest_minute(JOBS, datetime(2025, 3, 1), datetime(2025, 3, 3))
    assert (when, names) == (datetime(2025, 3, 1, 2), ["backup", "report"])
    assert busiest_minute({"never": "0 0 30 2 *"}, datetime(2025, 3, 1), datetime(2025, 3, 2)) is None
