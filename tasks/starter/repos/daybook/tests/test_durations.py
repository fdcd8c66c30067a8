from datetime import timedelta

import pytest

from daybook import format_duration, parse_duration


def test_parse():
    assert parse_duration("1h30m") == timedelta(minutes=90)
    assert parse_duration(" 2 days 4 Hours ") == timedelta(days=2, hours=4)
    assert parse_duration("1.5h") == timedelta(minutes=90)


@pytest.mark.parametrize("text", ["", "90", "1x", "1h 2h", "h"], ids=range(5))
def test_refused(text):
    with pytest.raises(ValueError):
        parse_duration(text)


def test_format():
    assert format_duration(timedelta(days=2, hours=4)) == "2d 4h"
    assert format_duration(timedelta(minutes=45)) == "45m"
    assert format_duration(timedelta(0)) == "0s"
