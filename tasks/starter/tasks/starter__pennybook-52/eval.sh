#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_csvio.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_csvio.py b/tests/test_csvio.py
index 63cfa1a..6196f52 100644
--- a/tests/test_csvio.py
+++ b/tests/test_csvio.py
@@ -28,3 +28,24 @@ def test_errors_name_the_line():
 def test_missing_column():
     with pytest.raises(ImportFailed, match="missing column currency"):
         import_entries("entry,date,description,account,amount\n")
+
+
+def failing_line(text):
+    with pytest.raises(ImportFailed) as caught:
+        import_entries(text)
+    assert str(caught.value).startswith("line %d: " % caught.value.line)
+    return caught.value.line
+
+
+def test_blank_lines_count():
+    assert failing_line(HEADER + "\n1,2025-03-01,rent,Assets:Bank,oops,EUR\n") == 3
+    assert failing_line("\n\n" + HEADER + "\n\n1,2025-03-01,rent,Assets:Bank,1.00\n") == 6
+
+
+def test_blank_lines_count_for_the_header_too():
+    assert failing_line("\n  \nentry,date\n") == 3
+
+
+def test_line_breaks_in_quotes_count():
+    text = HEADER + '1,2025-03-01,"rent\nfor March",Assets:Bank,1.00,EUR\n'
+    assert failing_line(text + "1,2025-03-32,x,Assets:Cash,-1.00,EUR\n") == 4
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_csvio.py
