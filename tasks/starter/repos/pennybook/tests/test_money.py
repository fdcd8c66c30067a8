from decimal import Decimal

import pytest

from pennybook import Money, MoneyError


@pytest.mark.parametrize(
    "text, units",
    [("12.50", 1250), ("-3", -300), ("1,234.5", 123450), ("(12.00)", -1200), (" 0.07 ", 7)],
    ids=["plain", "minus", "thousands", "brackets", "spaces"],
)
def test_parse(text, units):
    assert Money.parse(text, "EUR") == Money(units, "EUR")


@pytest.mark.parametrize("text", ["", "12,50", "1.005", "(-3)", "1e3"], ids=range(5))
def test_parse_refuses(text):
    with pytest.raises(MoneyError):
        Money.parse(text, "EUR")


def test_str_has_the_decimals_of_the_currency():
    assert str(Money(1250, "EUR")) == "12.50 EUR"
    assert str(Money(1250, "JPY")) == "1250 JPY"
    assert str(Money(-5, "KWD")) == "-0.005 KWD"


def test_add_needs_one_currency():
    assert Money(1, "EUR") + Money(2, "EUR") == Money(3, "EUR")
    with pytest.raises(MoneyError):
        Money(1, "EUR") + Money(2, "USD")


def test_times_rounds_halves_to_even():
    assert Money(1050, "EUR").times("0.19") == Money(200, "EUR")
    assert Money(150, "EUR").times(Decimal("0.01")) == Money(2, "EUR")


def test_allocate_deals_the_rest_to_the_first_shares():
    shares = Money(1000, "EUR").allocate([1, 1, 1])
    assert [share.units for share in shares] == [334, 333, 333]


def test_allocate_by_weight():
    shares = Money(100, "EUR").allocate([3, 0, 1])
    assert [share.units for share in shares] == [75, 0, 25]


def test_allocate_refuses_bad_weights():
    with pytest.raises(MoneyError):
        Money(100, "EUR").allocate([0, 0])
