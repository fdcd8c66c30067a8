import pytest

from pinwheel import InvalidVersion, Version


@pytest.mark.parametrize("text", ["1.2.3", "0.0.0", "1.2.3-rc.1", "1.2.3-a-b+build.7"], ids=range(4))
def test_round_trip(text):
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize("text", ["1.2", "01.2.3", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "v1.2.3"], ids=range(6))
def test_refused(text):
    with pytest.raises(InvalidVersion):
        Version.parse(text)


def test_order_of_releases():
    texts = ["10.0.0", "9.10.0", "9.9.9", "9.9.10"]
    assert [str(v) for v in sorted(map(Version.parse, texts))] == ["9.9.9", "9.9.10", "9.10.0", "10.0.0"]


def test_prereleases_come_before_the_release():
    assert Version.parse("1.0.0-alpha") < Version.parse("1.0.0-beta") < Version.parse("1.0.0")


def test_equality():
    assert Version.parse("1.2.3") == Version(1, 2, 3)
    assert Version.parse("1.2.3") != Version.parse("1.2.4")
