from gridprint import Column, Table, render_markdown


def test_markdown():
    table = Table([Column("name"), Column("n", align="right", number_format=".1f")], [("Ada", 1), ("Bob|Cy", 22)])
    assert render_markdown(table).split("\n") == [
        "| name    | n    |",
        "| :------ | ---: |",
        "| Ada     | 1.0  |",
        "| Bob\\|Cy | 22.0 |",
    ]
