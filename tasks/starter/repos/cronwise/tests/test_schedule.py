from datetime import datetime, timedelta, timezone

import pytest

from cronwise import CronError, Schedule


def test_next_is_strictly_after():
    schedule = Schedule.parse("30 2 * * *")
    assert schedule.next_after(datetime(2025, 3, 7, 2, 29, 59)) == datetime(2025, 3, 7, 2, 30)
    assert schedule.next_after(datetime(2025, 3, 7, 2, 30)) == datetime(2025, 3, 8, 2, 30)


def test_next_over_new_year():
    schedule = Schedule.parse("@yearly")
    assert schedule.next_after(datetime(2025, 6, 1)) == datetime(2026, 1, 1)


def test_weekdays():
    schedule = Schedule.parse("0 9 * * mon-fri")
    assert schedule.next_after(datetime(2025, 3, 7, 12)) == datetime(2025, 3, 10, 9)


def test_star_day_and_weekday_must_both_match():
    schedule = Schedule.parse("0 0 */2 * mon")
    assert schedule.next_after(datetime(2025, 3, 1)) == datetime(2025, 3, 3)
    assert schedule.next_after(datetime(2025, 3, 3)) == datetime(2025, 3, 17)


def test_previous():
    schedule = Schedule.parse("0 9 1 * *")
    assert schedule.previous_before(datetime(2025, 3, 1, 9, 0, 1)) == datetime(2025, 3, 1, 9)
    assert schedule.previous_before(datetime(2025, 3, 1, 9)) == datetime(2025, 2, 1, 9)


def test_never():
    assert Schedule.parse("0 0 30 2 *").next_after(datetime(2025, 1, 1)) is None
    assert Schedule.parse("0 0 31 4 *").previous_before(datetime(2025, 1, 1)) is None


def test_upcoming_and_between():
    schedule = Schedule.parse("0 */6 * * *")
    start = datetime(2025, 3, 1)
    assert [m.hour for m in schedule.upcoming(start, 4)] == [6, 12, 18, 0]
    assert [m.hour for m in schedule.between(start, datetime(2025, 3, 1, 18))] == [0, 6, 12]


def test_timezone_is_kept():
    zone = timezone(timedelta(hours=5, minutes=30))
    found = Schedule.parse("@daily").next_after(datetime(2025, 3, 1, 10, tzinfo=zone))
    assert found == datetime(2025, 3, 2, tzinfo=zone)


@pytest.mark.parametrize("text", ["* * * *", "@fortnightly", "* * * * * *"], ids=range(3))
def test_refused(text):
    with pytest.raises(CronError):
        Schedule.parse(text)
