#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_split.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_split.py b/tests/test_split.py
index c2cb954..92c3fef 100644
--- a/tests/test_split.py
+++ b/tests/test_split.py
@@ -97,6 +97,12 @@ def test_split_casewhen():
     assert len(stmts) == 2
 
 
+def test_split_casewhen_procedure(load_file):
+    # see issue580
+    stmts = sqlparse.split(load_file('casewhen_procedure.sql'))
+    assert len(stmts) == 2
+
+
 def test_split_cursor_declare():
     sql = ('DECLARE CURSOR "foo" AS SELECT 1;\n'
            'SELECT 2;')
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_split.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_split.py
