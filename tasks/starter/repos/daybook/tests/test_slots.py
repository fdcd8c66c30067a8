from datetime import date, datetime, time, timedelta

from daybook import Calendar, Event, Interval, free_slots, working_time
from daybook.slots import first_free, utilisation

DAY = date(2025, 3, 3)


def busy(*hours):
    return Calendar(
        Event("e", Interval(datetime(2025, 3, 3, start), datetime(2025, 3, 3, end))) for start, end in hours
    )


def gaps(calendar, **options):
    found = free_slots(calendar, DAY, time(9), time(17), **options)
    return [(gap.start.hour, gap.end.hour) for gap in found]


def test_gaps():
    assert gaps(busy((10, 11), (13, 14))) == [(9, 10), (11, 13), (14, 17)]
    assert gaps(busy((10, 11), (13, 14)), at_least=timedelta(hours=2)) == [(11, 13), (14, 17)]


def test_night_shift():
    night = working_time(DAY, time(22), time(6))
    assert night.duration == timedelta(hours=8)


def test_first_free_and_utilisation():
    calendar = busy((9, 12), (13, 14))
    found = first_free(calendar, [DAY], time(9), time(17), timedelta(hours=2))
    assert found == Interval(datetime(2025, 3, 3, 14), datetime(2025, 3, 3, 16))
    assert utilisation(calendar, DAY, time(9), time(17)) == 0.5
