import pytest

from warmcache import Cache, ManualClock


@pytest.fixture
def clock():
    return ManualClock()


def test_get_and_set():
    cache = Cache()
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert cache.get("b") is None
    assert cache.get("b", 5) == 5


def test_least_recently_used_goes():
    cache = Cache(max_entries=2)
    cache.set("a", 1)
    cache.set("b", 2)
    cache.get("a")
    cache.set("c", 3)
    assert cache.keys() == ["a", "c"]
    assert cache.stats.evictions == 1


def test_entries_grow_old(clock):
    cache = Cache(ttl=10, clock=clock)
    cache.set("a", 1)
    clock.advance(9)
    assert cache.get("a") == 1
    clock.advance(2)
    assert cache.get("a") is None
    assert cache.stats.expirations == 1


def test_ttl_of_one_entry(clock):
    cache = Cache(ttl=10, clock=clock)
    cache.set("short", 1, ttl=2)
    cache.set("for ever", 2, ttl=None)
    clock.advance(5)
    assert "short" not in cache
    clock.advance(500)
    assert "for ever" in cache


def test_setting_again_starts_a_new_life(clock):
    cache = Cache(ttl=10, clock=clock)
    cache.set("a", 1)
    clock.advance(8)
    cache.set("a", 2)
    clock.advance(8)
    assert cache.get("a") == 2


def test_statistics():
    cache = Cache()
    cache.set("a", 1)
    cache.get("a")
    cache.get("b")
    before = cache.stats.snapshot()
    cache.get("a")
    assert (cache.stats.hits, cache.stats.misses, cache.stats.hit_ratio) == (2, 1, 2 / 3)
    assert cache.stats.since(before).hits == 1


def test_peek_does_not_count():
    cache = Cache(max_entries=2)
    cache.set("a", 1)
    cache.set("b", 2)
    assert cache.peek("a") == 1
    cache.set("c", 3)
    assert "a" not in cache
    assert cache.stats.lookups == 0


def test_get_or_load_loads_once():
    calls = []

    def load(key):
        calls.append(key)
        return key.upper()

    cache = Cache()
    assert cache.get_or_load("a", load) == "A"
    assert cache.get_or_load("a", load) == "A"
    assert calls == ["a"]


def test_delete_and_clear():
    cache = Cache()
    cache.set("a", 1)
    assert cache.delete("a") is True
    assert cache.delete("a") is False
    cache.set("b", 2)
    cache.clear()
    assert len(cache) == 0


@pytest.mark.parametrize("options", [{"max_entries": 0}, {"ttl": 0}], ids=["size", "ttl"])
def test_bad_limits(options):
    with pytest.raises(ValueError):
        Cache(**options)
