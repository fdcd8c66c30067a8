from gridprint import Table, add_totals


def test_totals():
    table = Table(["item", "count", "note"], [("pen", 2, "x"), ("ink", 3, None)])
    total = add_totals(table, ["count"])
    assert total.rows[-1] == ("Total", 5, None)
    assert len(table.rows) == 2


def test_texts_count_as_nothing():
    table = Table(["item", "count"], [("pen", 2), ("ink", "n/a"), ("cap", None)])
    assert add_totals(table, ["count"], label="Sum").rows[-1] == ("Sum", 2)
