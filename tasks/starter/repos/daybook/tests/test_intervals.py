from datetime import datetime

import pytest

from daybook import Interval, subtract, union


def hours(start, end):
    return Interval(datetime(2025, 3, 3, start), datetime(2025, 3, 3, end))


def test_half_open():
    assert datetime(2025, 3, 3, 9) in hours(9, 10)
    assert datetime(2025, 3, 3, 10) not in hours(9, 10)


def test_overlaps_and_intersection():
    assert hours(9, 11).overlaps(hours(10, 12))
    assert hours(9, 11).intersection(hours(10, 12)) == hours(10, 11)
    assert hours(9, 10).intersection(hours(11, 12)) is None


def test_bad_intervals():
    with pytest.raises(ValueError):
        hours(9, 9)


def test_union():
    assert union([hours(13, 14), hours(9, 11), hours(10, 12)]) == [hours(9, 12), hours(13, 14)]
    assert union([]) == []


def test_subtract():
    assert subtract(hours(9, 17), [hours(12, 13)]) == [hours(9, 12), hours(13, 17)]
    assert subtract(hours(9, 17), [hours(8, 18)]) == []
    assert subtract(hours(9, 17), [hours(8, 10), hours(16, 18)]) == [hours(10, 16)]
