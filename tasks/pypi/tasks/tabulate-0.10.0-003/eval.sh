#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- test/test_output.py
git apply -v - <<'EOF_114329324912'
diff --git a/test/test_output.py b/test/test_output.py
index 2a62dcc..8871f22 100644
--- a/test/test_output.py
+++ b/test/test_output.py
@@ -3189,6 +3189,25 @@ def test_list_of_lists_with_index():
     assert_equal(expected, result)
 
 
+def test_list_of_lists_with_index_with_sep_line():
+    "Output: a table with a running index"
+    dd = [(0, 101), SEPARATING_LINE, (1, 102), (2, 103)]
+    # keys' order (hence columns' order) is not deterministic in Python 3
+    # => we have to consider both possible results as valid
+    expected = "\n".join(
+        [
+            "      a    b",
+            "--  ---  ---",
+            " 0    0  101",
+            "--  ---  ---",
+            " 1    1  102",
+            " 2    2  103",
+        ]
+    )
+    result = tabulate(dd, headers=["a", "b"], showindex=True)
+    assert_equal(expected, result)
+
+
 def test_with_padded_columns_with_sep_line():
     table = [
         ["1", "one"],  # "1" as a str on purpose
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider test/test_output.py
: '>>>>> End Test Output'
git checkout "$base" -- test/test_output.py
