#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_constraint.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_constraint.py b/tests/test_constraint.py
index 6f4f610..a392095 100644
--- a/tests/test_constraint.py
+++ b/tests/test_constraint.py
@@ -38,3 +38,19 @@ def test_prereleases_are_not_chosen_by_accident():
 def test_select():
     versions = [Version.parse(text) for text in ("1.0.0", "1.2.0", "1.10.0", "2.0.0")]
     assert [str(v) for v in Constraint.parse("^1").select(versions)] == ["1.10.0", "1.2.0", "1.0.0"]
+
+
+@pytest.mark.parametrize(
+    "constraint, texts, expected",
+    [
+        ("^0.2.3", "0.2.2 0.2.3 0.2.9 0.3.0 0.9.0", ["0.2.3", "0.2.9"]),
+        ("^0.0.3", "0.0.2 0.0.3 0.0.4 0.1.0", ["0.0.3"]),
+        ("^0.2", "0.1.9 0.2.0 0.2.9 0.3.0", ["0.2.0", "0.2.9"]),
+        ("^0.0", "0.0.0 0.0.9 0.1.0", ["0.0.0", "0.0.9"]),
+        ("^0", "0.0.1 0.9.0 1.0.0", ["0.0.1", "0.9.0"]),
+        ("^1.0.0", "0.9.0 1.0.0 1.9.0 2.0.0", ["1.0.0", "1.9.0"]),
+    ],
+    ids=["minor", "patch", "minor-short", "zeros", "zero", "major"],
+)
+def test_caret_keeps_the_leftmost_number_that_is_not_zero(constraint, texts, expected):
+    assert admitted(constraint, texts) == expected
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_constraint.py
