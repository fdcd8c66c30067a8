#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
rm -f tests/test_room.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_room.py b/tests/test_room.py
new file mode 100644
index 0000000..3bb51e1
--- /dev/null
+++ b/tests/test_room.py
@@ -0,0 +1,38 @@
+import pytest
+
+from warmcache import Cache, ManualClock
+
+
+@pytest.fixture
+def clock():
+    return ManualClock()
+
+
+def test_dead_entries_make_room(clock):
+    cache = Cache(max_entries=3, ttl=60, clock=clock)
+    cache.set("hour", 1, ttl=3600)
+    cache.set("b", 2)
+    cache.set("c", 3)
+    clock.advance(100)
+    cache.set("d", 4)
+    assert cache.peek("hour") == 1
+    assert (cache.stats.evictions, cache.stats.expirations) == (0, 2)
+    assert cache.keys() == ["hour", "d"]
+
+
+def test_live_entries_are_still_evicted(clock):
+    cache = Cache(max_entries=2, ttl=60, clock=clock)
+    for key in "abcd":
+        cache.set(key, key)
+    assert cache.keys() == ["c", "d"]
+    assert (cache.stats.evictions, cache.stats.expirations) == (2, 0)
+
+
+def test_setting_a_dead_key_again_is_an_expiration(clock):
+    cache = Cache(max_entries=2, ttl=60, clock=clock)
+    cache.set("a", 1)
+    clock.advance(61)
+    cache.set("a", 2)
+    assert cache.stats.expirations == 1
+    cache.set("a", 3)
+    assert (cache.stats.evictions, cache.stats.expirations) == (0, 1)
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
rm -f tests/test_room.py
