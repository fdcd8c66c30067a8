#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_resolver.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_resolver.py b/tests/test_resolver.py
index 86464e2..645e501 100644
--- a/tests/test_resolver.py
+++ b/tests/test_resolver.py
@@ -37,3 +37,44 @@ def test_unknown_package():
 def test_cycle_of_dependencies():
     mapping = {"a": {"1.0.0": {"b": "^1"}}, "b": {"1.0.0": {"a": "^1"}}}
     assert solved(mapping, {"a": "*"}) == {"a": "1.0.0", "b": "1.0.0"}
+
+
+def test_older_version_when_the_newest_does_not_fit():
+    mapping = {
+        "a": {"1.0.0": {}, "2.0.0": {"b": "^9"}},
+        "b": {"1.0.0": {}},
+    }
+    assert solved(mapping, {"a": "*"}) == {"a": "1.0.0"}
+
+
+WEB = {
+    "web": {"1.0.0": {}, "2.0.0": {"tls": "^2", "log": "^2"}},
+    "cli": {"1.0.0": {"log": "^1"}},
+    "log": {"1.0.0": {}, "2.0.0": {}},
+    "tls": {"1.0.0": {}, "2.0.0": {}},
+}
+
+
+def test_demands_of_a_discarded_version_are_forgotten():
+    found = solved(WEB, {"web": "*", "cli": "*"})
+    assert found == {"cli": "1.0.0", "log": "1.0.0", "web": "1.0.0"}
+
+
+def test_discarded_choice_leaves_no_demands_on_shared_packages():
+    mapping = {
+        "base": {"1.0.0": {}, "2.0.0": {}},
+        "a": {"1.0.0": {"base": ">=1"}, "2.0.0": {"base": "^2", "gone": "*"}},
+        "b": {"1.0.0": {"base": "^1"}},
+    }
+    found = solved(mapping, {"base": "*", "a": "*", "b": "*"})
+    assert found == {"a": "1.0.0", "b": "1.0.0", "base": "1.0.0"}
+
+
+def test_three_levels_back():
+    mapping = {
+        "a": {"1.0.0": {}, "2.0.0": {"d": "^2"}, "3.0.0": {"d": "^3"}},
+        "b": {"1.0.0": {"c": "*"}},
+        "c": {"1.0.0": {"d": "^1"}, "2.0.0": {"d": "^2"}},
+        "d": {"1.0.0": {}, "2.0.0": {"e": "*"}, "3.0.0": {}},
+    }
+    assert solved(mapping, {"a": "*", "b": "*"}) == {"a": "1.0.0", "b": "1.0.0", "c": "1.0.0", "d": "1.0.0"}
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_resolver.py
