import pytest

from gridprint import Column, Table


def test_render():
    table = Table([Column("City"), Column("Inhabitants", align="right", number_format=",")])
    table.add_row("Bern", 134591)
    table.add_row("Zürich", 434008)
    assert table.render().split("\n") == [
        "City    Inhabitants",
        "------  -----------",
        "Bern        134,591",
        "Zürich      434,008",
    ]


def test_center_and_wrapping():
    table = Table([Column("x", align="center"), Column("note", max_width=6)], [("abcd", "one two three")])
    assert table.render().split("\n") == [
        " x    note",
        "----  -----",
        "abcd  one",
        "      two",
        "      three",
    ]


def test_decimal():
    table = Table([Column("n", align="decimal")], [(1.5,), (10.25,), (3.125,)])
    assert table.render().split("\n")[2:] == [" 1.5", "10.25", " 3.125"]


def test_sorting():
    table = Table(["name", "age"], [("bob", 40), ("Ada", 36), ("cy", 4)])
    assert [row[0] for row in table.sorted_by("name").rows] == ["Ada", "bob", "cy"]
    assert [row[1] for row in table.sorted_by("age", descending=True).rows] == [40, 36, 4]
    assert table.rows[0] == ("bob", 40)


def test_refused():
    with pytest.raises(ValueError):
        Column("x", align="middle")
    with pytest.raises(ValueError):
        Table(["a", "b"]).add_row(1)
    with pytest.raises(KeyError):
        Table(["a"]).sorted_by("b")
