#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_markdown.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_markdown.py b/tests/test_markdown.py
index f0a4a2e..b14c5ff 100644
--- a/tests/test_markdown.py
+++ b/tests/test_markdown.py
@@ -2,10 +2,17 @@ from gridprint import Column, Table, render_markdown
 
 
 def test_markdown():
-    table = Table([Column("name"), Column("n", align="right", number_format=".1f")], [("Ada", 1), ("Bob/Cy", 22)])
+    table = Table([Column("name"), Column("n", align="right", number_format=".1f")], [("Ada", 1), ("Bob|Cy", 22)])
     assert render_markdown(table).split("\n") == [
-        "| name   | n    |",
-        "| :----- | ---: |",
-        "| Ada    | 1.0  |",
-        "| Bob/Cy | 22.0 |",
+        "| name    | n    |",
+        "| :------ | ---: |",
+        "| Ada     | 1.0  |",
+        "| Bob\\|Cy | 22.0 |",
     ]
+
+
+def test_special_characters_in_cells_and_titles():
+    table = Table(["a|b"], [("C:\\temp",), ("x\\|y",), ("two\nlines",)])
+    lines = [line[2:-2].strip() for line in render_markdown(table).split("\n")]
+    assert lines[0] == "a\\|b"
+    assert lines[2:] == ["C:\\\\temp", "x\\\\\\|y", "two<br>lines"]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_markdown.py
