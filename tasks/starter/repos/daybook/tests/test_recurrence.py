from datetime import date

import pytest

from daybook import Monthly, Weekly, Yearly


def test_weekly():
    rule = Weekly((0, 3))
    assert rule.dates(date(2025, 3, 4), 3) == [date(2025, 3, 6), date(2025, 3, 10), date(2025, 3, 13)]


def test_monthly():
    assert Monthly(15).until(date(2025, 1, 16), date(2025, 4, 15)) == [
        date(2025, 2, 15),
        date(2025, 3, 15),
        date(2025, 4, 15),
    ]


def test_monthly_in_short_months():
    assert Monthly(31).dates(date(2025, 1, 31), 2) == [date(2025, 1, 31), date(2025, 2, 28)]


def test_yearly():
    assert Yearly(2, 29).dates(date(2023, 3, 1), 2) == [date(2024, 2, 29), date(2025, 2, 28)]


@pytest.mark.parametrize("make", [lambda: Monthly(0), lambda: Weekly(()), lambda: Weekly((7,))], ids=range(3))
def test_bad_rules(make):
    with pytest.raises(ValueError):
        make()
