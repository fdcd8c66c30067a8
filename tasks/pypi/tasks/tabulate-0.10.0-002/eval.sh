#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- test/test_input.py
git apply -v - <<'EOF_114329324912'
diff --git a/test/test_input.py b/test/test_input.py
index 4fe24c4..073dead 100644
--- a/test/test_input.py
+++ b/test/test_input.py
@@ -417,6 +417,36 @@ def test_list_of_userdicts_keys():
     assert_in(result, [expected1, expected2])
 
 
+def test_list_of_dicts_with_missing_keys():
+    "Input: a list of dictionaries, with missing keys."
+    lod = [{"foo": 1}, {"bar": 2}, {"foo": 4, "baz": 3}]
+    expected = "\n".join(
+        [
+            "  foo    bar    baz",
+            "-----  -----  -----",
+            "    1",
+            "           2",
+            "    4             3",
+        ]
+    )
+    result = tabulate(lod, headers="keys")
+    assert_equal(expected, result)
+
+
+def test_list_of_dicts_firstrow():
+    "Input: a list of dictionaries, with the first dict as headers."
+    lod = [{"foo": "FOO", "bar": "BAR"}, {"foo": 3, "bar": 4, "baz": 5}]
+    # if some key is missing in the first dict, use the key name instead
+    expected1 = "\n".join(
+        ["  FOO    BAR    baz", "-----  -----  -----", "    3      4      5"]
+    )
+    expected2 = "\n".join(
+        ["  BAR    FOO    baz", "-----  -----  -----", "    4      3      5"]
+    )
+    result = tabulate(lod, headers="firstrow")
+    assert_in(result, [expected1, expected2])
+
+
 def test_list_of_dicts_with_dict_of_headers():
     "Input: a dict of user headers for a list of dicts (issue #23)"
     table = [{"letters": "ABCDE", "digits": 12345}]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider test/test_input.py
: '>>>>> End Test Output'
git checkout "$base" -- test/test_input.py
