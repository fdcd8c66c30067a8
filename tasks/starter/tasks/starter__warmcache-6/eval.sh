#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_cache.py tests/test_memo.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_cache.py b/tests/test_cache.py
index ac950c4..1d45c81 100644
--- a/tests/test_cache.py
+++ b/tests/test_cache.py
@@ -103,3 +103,18 @@ def test_delete_and_clear():
 def test_bad_limits(options):
     with pytest.raises(ValueError):
         Cache(**options)
+
+
+@pytest.mark.parametrize("result", [None, 0, "", False], ids=["none", "zero", "empty", "false"])
+def test_any_result_is_loaded_once(result):
+    calls = []
+
+    def load(key):
+        calls.append(key)
+        return result
+
+    cache = Cache()
+    assert cache.get_or_load("a", load) == result
+    assert cache.get_or_load("a", load) == result
+    assert calls == ["a"]
+    assert (cache.stats.hits, cache.stats.misses) == (1, 1)
diff --git a/tests/test_memo.py b/tests/test_memo.py
index dd378d9..61e3189 100644
--- a/tests/test_memo.py
+++ b/tests/test_memo.py
@@ -49,3 +49,15 @@ def test_errors_are_not_remembered():
             fail(1)
     assert calls == [1, 1]
     assert len(fail.cache) == 0
+
+
+def test_none_is_a_result():
+    calls = []
+
+    @memoize()
+    def look_up(name):
+        calls.append(name)
+
+    assert look_up("nobody") is None
+    assert look_up("nobody") is None
+    assert calls == ["nobody"]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_cache.py tests/test_memo.py
