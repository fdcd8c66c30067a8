from gridprint import display_width
from gridprint.width import split_at_width


def test_display_width():
    assert display_width("abc") == 3
    assert display_width("Zürich") == 6
    assert display_width("東京") == 4
    assert display_width("") == 0


def test_split_at_width():
    assert split_at_width("abcdef", 4) == ("abcd", "ef")
    assert split_at_width("abc", 4) == ("abc", "")
