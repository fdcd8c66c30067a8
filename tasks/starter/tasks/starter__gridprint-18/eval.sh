#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_table.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_table.py b/tests/test_table.py
index 797f81e..0d5c5e9 100644
--- a/tests/test_table.py
+++ b/tests/test_table.py
@@ -45,3 +45,26 @@ def test_refused():
         Table(["a", "b"]).add_row(1)
     with pytest.raises(KeyError):
         Table(["a"]).sorted_by("b")
+
+
+SCORES = [("Ada", 2), ("Bob", 1), ("Cy", None), ("Dee", 2), ("Eve", 1), ("Flo", None)]
+
+
+def names(table):
+    return [row[0] for row in table.rows]
+
+
+def test_descending_sort_is_stable():
+    table = Table(["name", "score"], [row for row in SCORES if row[1] is not None])
+    assert names(table.sorted_by("score", descending=True)) == ["Ada", "Dee", "Bob", "Eve"]
+
+
+def test_empty_cells_come_last_in_both_directions():
+    table = Table(["name", "score"], SCORES)
+    assert names(table.sorted_by("score")) == ["Bob", "Eve", "Ada", "Dee", "Cy", "Flo"]
+    assert names(table.sorted_by("score", descending=True)) == ["Ada", "Dee", "Bob", "Eve", "Cy", "Flo"]
+
+
+def test_numbers_and_texts_descending():
+    table = Table(["v"], [("b",), (2,), ("A",), (10,)])
+    assert names(table.sorted_by("v", descending=True)) == ["b", "A", 10, 2]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_table.py
