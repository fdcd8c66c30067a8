#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_format.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_format.py b/tests/test_format.py
index de77a28..06c9342 100644
--- a/tests/test_format.py
+++ b/tests/test_format.py
@@ -769,6 +769,14 @@ def test_format_column_ordering():
     assert formatted == expected
 
 
+def test_truncate_strings():
+    sql = "update foo set value = '{}';".format('x' * 1000)
+    formatted = sqlparse.format(sql, truncate_strings=10)
+    assert formatted == "update foo set value = 'xxxxxxxxxx[...]';"
+    formatted = sqlparse.format(sql, truncate_strings=3, truncate_char='YYY')
+    assert formatted == "update foo set value = 'xxxYYY';"
+
+
 @pytest.mark.parametrize('option', ['bar', -1, 0])
 def test_truncate_strings_invalid_option2(option):
     with pytest.raises(SQLParseError):
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_format.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_format.py
