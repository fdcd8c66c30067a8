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
index cfbd07f..06c9342 100644
--- a/tests/test_format.py
+++ b/tests/test_format.py
@@ -409,6 +409,16 @@ class TestFormatReindent:
             'select *',
             'from bar;'])
 
+    def test_keywords_between(self):
+        # issue 14
+        # don't break AND after BETWEEN
+        f = lambda sql: sqlparse.format(sql, reindent=True)
+        s = 'and foo between 1 and 2 and bar = 3'
+        assert f(s) == '\n'.join([
+            '',
+            'and foo between 1 and 2',
+            'and bar = 3'])
+
     def test_parenthesis(self):
         f = lambda sql: sqlparse.format(sql, reindent=True)
         s = 'select count(*) from (select * from foo);'
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_format.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_format.py
