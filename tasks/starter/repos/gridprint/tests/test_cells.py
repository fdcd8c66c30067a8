from decimal import Decimal

from gridprint.cells import format_value, wrap


def test_format_value():
    assert format_value(1234.5, ",.2f") == "1,234.50"
    assert format_value(Decimal("2"), ".1f") == "2.0"
    assert format_value(True, ".1f") == "True"
    assert format_value(None) == ""
    assert format_value("x", ".1f") == "x"


def test_wrap_at_spaces():
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrap("one", 10) == ["one"]
    assert wrap("", 10) == [""]


def test_line_breaks_are_kept():
    assert wrap("a\nb c") == ["a", "b c"]
    assert wrap("a\n\nb", 5) == ["a", "", "b"]
