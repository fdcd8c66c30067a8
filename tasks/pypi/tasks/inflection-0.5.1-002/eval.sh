#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- test_inflection.py
git apply -v - <<'EOF_114329324912'
diff --git a/test_inflection.py b/test_inflection.py
index 57e50a3..30db6c2 100644
--- a/test_inflection.py
+++ b/test_inflection.py
@@ -384,6 +384,20 @@ def test_parameterize_with_custom_separator(some_string, parameterized_string):
     assert parameterized_string == inflection.parameterize(some_string, '_')
 
 
+@pytest.mark.parametrize(
+    ("some_string", "parameterized_string"),
+    STRING_TO_PARAMETERIZED
+)
+def test_parameterize_with_multi_character_separator(
+    some_string,
+    parameterized_string
+):
+    assert (
+        parameterized_string.replace('-', '__sep__') ==
+        inflection.parameterize(some_string, '__sep__')
+    )
+
+
 @pytest.mark.parametrize(
     ("some_string", "parameterized_string"),
     STRING_TO_PARAMETERIZE_WITH_NO_SEPARATOR
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider test_inflection.py
: '>>>>> End Test Output'
git checkout "$base" -- test_inflection.py
