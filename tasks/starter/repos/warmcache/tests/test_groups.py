from warmcache import GroupedCache


def test_invalidate_drops_the_members():
    cache = GroupedCache()
    cache.set("page:1", "a", groups=["user:7"])
    cache.set("page:2", "b", groups=["user:7", "post:3"])
    cache.set("page:3", "c")
    assert cache.invalidate("user:7") == 2
    assert "page:1" not in cache and "page:2" not in cache
    assert cache.get("page:3") == "c"
    assert cache.invalidate("user:7") == 0


def test_groups_of():
    cache = GroupedCache()
    cache.set("page:2", "b", groups=["user:7", "post:3"])
    assert cache.groups_of("page:2") == ["post:3", "user:7"]
    assert cache.groups_of("page:9") == []
