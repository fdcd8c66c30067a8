#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_lfu.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_lfu.py b/tests/test_lfu.py
index 03a39ac..5ebad52 100644
--- a/tests/test_lfu.py
+++ b/tests/test_lfu.py
@@ -102,6 +102,18 @@ class LFUCacheTest(unittest.TestCase, CacheTestMixin):
         self.assertEqual(len(cache), 1)
         self.assertEqual(cache[3], 3)
 
+    def test_lfu_update_existing(self):
+        cache = LFUCache[int, int | str](maxsize=2)
+
+        cache[1] = 1
+        cache[2] = 2
+        cache[1] = "updated"
+        cache[3] = 3
+
+        self.assertEqual(cache[1], "updated")
+        self.assertIn(3, cache)
+        self.assertNotIn(2, cache)
+
     def test_lfu_clear(self):
         cache = LFUCache[int, int](maxsize=2)
 
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_cache.py tests/test_lfu.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_lfu.py
