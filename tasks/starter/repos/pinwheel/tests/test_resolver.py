import pytest

from pinwheel import Index, ResolutionError, resolve


def solved(mapping, requirements):
    found = resolve(Index.from_mapping(mapping), requirements)
    return {name: str(version) for name, version in found.items()}


def test_the_highest_versions_are_chosen():
    mapping = {"app": {"1.0.0": {"log": "^1.0"}}, "log": {"1.0.0": {}, "1.3.0": {}, "2.0.0": {}}}
    assert solved(mapping, {"app": "*"}) == {"app": "1.0.0", "log": "1.3.0"}


def test_all_demands_count():
    mapping = {
        "a": {"1.0.0": {"c": ">=1.1"}},
        "b": {"1.0.0": {"c": "<1.3"}},
        "c": {"1.0.0": {}, "1.2.0": {}, "1.3.0": {}},
    }
    assert solved(mapping, {"a": "*", "b": "*"})["c"] == "1.2.0"


def test_conflict():
    mapping = {"a": {"1.0.0": {"c": "^2"}}, "c": {"1.0.0": {}}}
    with pytest.raises(ResolutionError) as caught:
        solved(mapping, {"a": "*"})
    assert caught.value.package == "c"


def test_unknown_package():
    with pytest.raises(ResolutionError, match="wants ghost"):
        solved({}, {"ghost": "*"})


def test_cycle_of_dependencies():
    mapping = {"a": {"1.0.0": {"b": "^1"}}, "b": {"1.0.0": {"a": "^1"}}}
    assert solved(mapping, {"a": "*"}) == {"a": "1.0.0", "b": "1.0.0"}


def test_older_version_when_the_newest_does_not_fit():
    mapping = {
        "a": {"1.0.0": {}, "2.0.0": {"b": "^9"}},
        "b": {"1.0.0": {}},
    }
    assert solved(mapping, {"a": "*"}) == {"a": "1.0.0"}
