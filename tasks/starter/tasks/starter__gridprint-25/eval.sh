#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_cells.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_cells.py b/tests/test_cells.py
index 4bb6514..d5ba513 100644
--- a/tests/test_cells.py
+++ b/tests/test_cells.py
@@ -20,3 +20,23 @@ def test_wrap_at_spaces():
 def test_line_breaks_are_kept():
     assert wrap("a\nb c") == ["a", "b c"]
     assert wrap("a\n\nb", 5) == ["a", "", "b"]
+
+
+def test_long_word_after_a_short_one():
+    assert wrap("see abcdefghijkl now", 5) == ["see", "abcde", "fghij", "kl", "now"]
+    assert wrap("a bb ccccccc", 4) == ["a bb", "cccc", "ccc"]
+
+
+def test_rest_of_a_long_word_is_filled_up():
+    assert wrap("abcdefg hi", 5) == ["abcde", "fg hi"]
+    assert wrap("x abcdefg hi", 5) == ["x", "abcde", "fg hi"]
+
+
+def test_pieces_of_exactly_the_width():
+    assert wrap("abcdefghij", 5) == ["abcde", "fghij"]
+    assert wrap("x abcdefghij", 5) == ["x", "abcde", "fghij"]
+
+
+def test_wide_characters_are_cut_by_their_width():
+    assert wrap("\u6771\u4eac\u6771\u4eac\u6771", 4) == ["\u6771\u4eac", "\u6771\u4eac", "\u6771"]
+    assert wrap("a \u6771\u4eac\u6771", 5) == ["a", "\u6771\u4eac", "\u6771"]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_cells.py
