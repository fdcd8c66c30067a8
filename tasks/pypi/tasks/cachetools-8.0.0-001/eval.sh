#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/__init__.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/__init__.py b/tests/__init__.py
index 4978e5e..40d194a 100644
--- a/tests/__init__.py
+++ b/tests/__init__.py
@@ -341,6 +341,41 @@ class CacheTestMixin(SimplifiedTestCaseProtocol):
     def test_getsizeof_param(self):
         self._test_getsizeof(self.Cache(maxsize=3, getsizeof=lambda x: x))
 
+    def test_getsizeof_replace_grow(self):
+        cache = self.Cache(maxsize=10, getsizeof=lambda x: x)
+
+        cache[3] = 3
+        cache[4] = 4
+        self.assertEqual(2, len(cache))
+        self.assertEqual(7, cache.currsize)
+
+        # growing an existing entry must only reserve the additional size
+        cache[4] = 7
+        self.assertEqual(2, len(cache))
+        self.assertEqual(10, cache.currsize)
+        self.assertEqual(3, cache[3])
+        self.assertEqual(7, cache[4])
+
+        # growing an existing entry may have to evict other entries
+        cache[4] = 9
+        self.assertEqual(1, len(cache))
+        self.assertEqual(9, cache.currsize)
+        self.assertNotIn(3, cache)
+        self.assertEqual(9, cache[4])
+
+    def test_getsizeof_replace_same_size(self):
+        cache = self.Cache(maxsize=10, getsizeof=lambda x: x)
+
+        cache[3] = 3
+        cache[4] = 4
+        self.assertEqual(7, cache.currsize)
+
+        cache[4] = 4
+        self.assertEqual(2, len(cache))
+        self.assertEqual(7, cache.currsize)
+        self.assertEqual(3, cache[3])
+        self.assertEqual(4, cache[4])
+
     def test_getsizeof_replace_shrink(self):
         cache = self.Cache(maxsize=10, getsizeof=lambda x: x)
 
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_cache.py tests/test_fifo.py tests/test_lfu.py tests/test_lru.py tests/test_tlru.py tests/test_ttl.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/__init__.py
