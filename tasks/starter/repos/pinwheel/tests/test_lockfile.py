import pytest

from pinwheel import Version, diff_locks, parse_lock, render_lock


def versions(**texts):
    return {name: Version.parse(text) for name, text in texts.items()}


def test_round_trip():
    chosen = versions(log="1.0.0", app="2.0.0-rc.1")
    text = render_lock(chosen)
    assert text == "# pinwheel lock 1\napp 2.0.0-rc.1\nlog 1.0.0\n"
    assert parse_lock(text + "\n# the end\n") == chosen


@pytest.mark.parametrize(
    "text, line",
    [("app 1.0.0\n", 1), ("# pinwheel lock 1\n\napp\n", 3), ("# pinwheel lock 1\na 1.0.0\na 1.0.0\n", 3)],
    ids=["header", "cells", "twice"],
)
def test_bad_lines_are_named(text, line):
    with pytest.raises(ValueError, match="^line %d: " % line):
        parse_lock(text)


def test_diff():
    before = versions(a="1.0.0", b="1.0.0", c="1.9.0")
    after = versions(b="2.0.0", c="1.8.0", d="1.0.0")
    assert diff_locks(before, after) == ["- a 1.0.0", "^ b 1.0.0 -> 2.0.0", "v c 1.9.0 -> 1.8.0", "+ d 1.0.0"]
