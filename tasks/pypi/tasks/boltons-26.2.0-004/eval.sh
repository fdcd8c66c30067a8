#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_cacheutils.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_cacheutils.py b/tests/test_cacheutils.py
index 65a330a..144c265 100644
--- a/tests/test_cacheutils.py
+++ b/tests/test_cacheutils.py
@@ -166,6 +166,32 @@ def test_lru_basic():
     assert second_lru != lru
 
 
+@pytest.mark.parametrize("lru_class", [LRU, LRI])
+def test_lru_dict_replacement(lru_class):
+    # see issue #348
+    cache = lru_class()
+
+    # Add an entry.
+    cache['a'] = 1
+
+    # Normal __getitem__ access.
+    assert cache['a'] == 1  # passes.
+    # Convert to dict.
+    assert dict(cache) == {'a': 1}  # passes.
+    # Another way to access the only value.
+    assert list(cache.values())[0] == 1  # passes.
+
+    # Replace the existing 'a' entry with a new value.
+    cache['a'] = 200
+
+    # __getitem__ works as expected.
+    assert cache['a'] == 200  # passes.
+
+    # Both dict and accessing via values() return the old entry: 1.
+    assert dict(cache) == {'a': 200}  # fails.
+    assert list(cache.values())[0] == 200
+
+
 def test_lru_with_dupes():
     SIZE = 2
     lru = LRU(max_size=SIZE)
@@ -481,3 +507,14 @@ def test_threshold_counter_update_mapping_compaction():
     assert dict(tc.items()) == dict(expected.items())
     assert tc.total == expected.total == 16
     assert tc.get_uncommon_count() == expected.get_uncommon_count()
+
+
+@pytest.mark.parametrize('cache_type', [LRI, LRU])
+def test_cache_update_optional_source(cache_type):
+    cache = cache_type(values={'existing': 0})
+    cache.update()
+    assert dict(cache) == {'existing': 0}
+    cache.update(a=1)
+    assert dict(cache) == {'existing': 0, 'a': 1}
+    cache.update(cache, a=2)
+    assert dict(cache) == {'existing': 0, 'a': 2}
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_cacheutils.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_cacheutils.py
