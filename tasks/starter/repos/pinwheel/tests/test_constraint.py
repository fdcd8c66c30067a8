import pytest

from pinwheel import Constraint, InvalidConstraint, Version


def admitted(constraint, texts):
    parsed = Constraint.parse(constraint)
    return [text for text in texts.split() if parsed.admits(Version.parse(text))]


@pytest.mark.parametrize(
    "constraint, texts, expected",
    [
        ("*", "0.1.0 9.9.9", ["0.1.0", "9.9.9"]),
        ("=1.2.3", "1.2.3 1.2.4", ["1.2.3"]),
        (">=1.2, <2", "1.1.9 1.2.0 1.9.9 2.0.0", ["1.2.0", "1.9.9"]),
        ("^1.2.3", "1.2.2 1.2.3 1.9.0 2.0.0", ["1.2.3", "1.9.0"]),
        ("~1.2.3", "1.2.2 1.2.3 1.2.9 1.3.0", ["1.2.3", "1.2.9"]),
        ("~1", "0.9.0 1.0.0 1.9.0 2.0.0", ["1.0.0", "1.9.0"]),
        ("1.0.0 || ^2", "1.0.0 1.1.0 2.5.0 3.0.0", ["1.0.0", "2.5.0"]),
    ],
    ids=["star", "exact", "range", "caret", "tilde", "tilde-major", "either"],
)
def test_admits(constraint, texts, expected):
    assert admitted(constraint, texts) == expected


@pytest.mark.parametrize("text", ["", "1.2", "^", ">=a", "^1.2.3.4", "1.0.0,"], ids=range(6))
def test_refused(text):
    with pytest.raises(InvalidConstraint):
        Constraint.parse(text)


def test_prereleases_are_not_chosen_by_accident():
    assert admitted(">=1.0.0", "1.0.0 1.1.0-rc.1") == ["1.0.0"]


def test_select():
    versions = [Version.parse(text) for text in ("1.0.0", "1.2.0", "1.10.0", "2.0.0")]
    assert [str(v) for v in Constraint.parse("^1").select(versions)] == ["1.10.0", "1.2.0", "1.0.0"]
