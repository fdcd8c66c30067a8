from datetime import datetime

import pytest

from daybook import Calendar, Event, Interval


def event(title, start, end, **options):
    return Event(title, Interval(datetime(2025, 3, 3, start), datetime(2025, 3, 3, end)), **options)


def test_order_and_lookup():
    calendar = Calendar([event("b", 11, 12), event("a", 9, 10)])
    assert [e.title for e in calendar] == ["a", "b"]
    assert [e.title for e in calendar.at(datetime(2025, 3, 3, 9, 30))] == ["a"]
    assert calendar.remove("a") == 1
    assert len(calendar) == 1


def test_conflicts():
    calendar = Calendar([event("a", 9, 11), event("b", 10, 12), event("note", 9, 17, is_free=True)])
    assert [(x.title, y.title) for x, y in calendar.conflicts()] == [("a", "b")]


def test_by_day_of_a_naive_calendar():
    calendar = Calendar([event("a", 9, 11), event("b", 10, 12)])
    assert {day.isoformat(): len(events) for day, events in calendar.by_day().items()} == {"2025-03-03": 2}


def test_naive_and_aware_are_not_mixed():
    from datetime import timezone

    calendar = Calendar([event("a", 9, 11)])
    start = datetime(2025, 3, 3, 9, tzinfo=timezone.utc)
    with pytest.raises(ValueError):
        calendar.add(Event("b", Interval(start, start.replace(hour=10))))
