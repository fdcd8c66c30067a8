#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_cache.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_cache.py b/tests/test_cache.py
index ac950c4..cb08944 100644
--- a/tests/test_cache.py
+++ b/tests/test_cache.py
@@ -103,3 +103,22 @@ def test_delete_and_clear():
 def test_bad_limits(options):
     with pytest.raises(ValueError):
         Cache(**options)
+
+
+def test_setting_again_counts_as_use():
+    cache = Cache(max_entries=2)
+    cache.set("a", 1)
+    cache.set("b", 2)
+    cache.set("a", 10)
+    cache.set("c", 3)
+    assert cache.keys() == ["a", "c"]
+    assert cache.peek("a") == 10
+
+
+def test_keys_are_in_order_of_use():
+    cache = Cache()
+    for key in "abc":
+        cache.set(key, key)
+    cache.set("b", "B")
+    cache.get("a")
+    assert cache.keys() == ["c", "b", "a"]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_cache.py
