#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_func.py tests/test_ttl.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_func.py b/tests/test_func.py
index e762e35..448aaea 100644
--- a/tests/test_func.py
+++ b/tests/test_func.py
@@ -226,6 +226,24 @@ class TTLDecoratorTest(unittest.TestCase, DecoratorTestMixin):
         def tick(self):
             self.time += 1
 
+    def test_ttl_expire(self):
+        timer = self.Timer()
+        cached = cachetools.func.ttl_cache(maxsize=2, ttl=1, timer=timer)(lambda n: n)
+        self.assertEqual(cached.cache_parameters(), {"maxsize": 2, "typed": False})
+        self.assertEqual(cached(1), 1)
+        self.assertEqual(cached.cache_info(), (0, 1, 2, 1))
+        self.assertEqual(cached(1), 1)
+        self.assertEqual(cached.cache_info(), (1, 1, 2, 1))
+        timer.tick()
+        self.assertEqual(cached.cache_info(), (1, 1, 2, 0))
+        self.assertEqual(cached(1), 1)
+        self.assertEqual(cached.cache_info(), (1, 2, 2, 1))
+        self.assertEqual(cached(2), 2)
+        self.assertEqual(cached.cache_info(), (1, 3, 2, 2))
+        timer.tick()
+        self.assertEqual(cached(1), 1)
+        self.assertEqual(cached.cache_info(), (1, 4, 2, 1))
+
     def test_ttl_expire_unbound(self):
         timer = self.Timer()
         cached = cachetools.func.ttl_cache(maxsize=None, ttl=1, timer=timer)(
diff --git a/tests/test_ttl.py b/tests/test_ttl.py
index 251a1d5..ad56e29 100644
--- a/tests/test_ttl.py
+++ b/tests/test_ttl.py
@@ -202,6 +202,17 @@ class TTLCacheTest(unittest.TestCase, CacheTestMixin):
         cache.clear()
         self.assertEqual(0, len(cache))
 
+    def test_ttl_tuple_key(self):
+        cache = TTLCache[tuple[int, ...], int, int](maxsize=1, ttl=1, timer=Timer())
+        self.assertEqual(1, cache.ttl)
+
+        cache[(1, 2, 3)] = 42
+        self.assertEqual(42, cache[(1, 2, 3)])
+        cache.timer.tick()
+        with self.assertRaises(KeyError):
+            cache[(1, 2, 3)]
+        self.assertNotIn((1, 2, 3), cache)
+
     def test_ttl_datetime(self):
         from datetime import datetime, timedelta
 
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_func.py tests/test_tlru.py tests/test_ttl.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_func.py tests/test_ttl.py
