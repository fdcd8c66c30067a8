#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_table.py tests/test_width.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_table.py b/tests/test_table.py
index 797f81e..16dd5ef 100644
--- a/tests/test_table.py
+++ b/tests/test_table.py
@@ -45,3 +45,8 @@ def test_refused():
         Table(["a", "b"]).add_row(1)
     with pytest.raises(KeyError):
         Table(["a"]).sorted_by("b")
+
+
+def test_decomposed_names_line_up():
+    table = Table(["name", "n"], [("caf\u0065\u0301", 1), ("caf\u00e9!", 2)])
+    assert table.render().split("\n")[2:] == ["caf\u0065\u0301   1", "caf\u00e9!  2"]
diff --git a/tests/test_width.py b/tests/test_width.py
index 03a75bc..dcf9903 100644
--- a/tests/test_width.py
+++ b/tests/test_width.py
@@ -12,3 +12,20 @@ def test_display_width():
 def test_split_at_width():
     assert split_at_width("abcdef", 4) == ("abcd", "ef")
     assert split_at_width("abc", 4) == ("abc", "")
+
+
+def test_combining_marks_take_no_room():
+    assert display_width("e\u0301") == 1
+    assert display_width("n\u0303a\u0308") == 2
+
+
+def test_zero_width_characters_take_no_room():
+    assert display_width("a\u200bb\u200dc\ufeff") == 3
+
+
+def test_full_width_letters_take_two_columns():
+    assert display_width("\uff21\uff22\uff23") == 6
+
+
+def test_marks_stay_with_their_letter():
+    assert split_at_width("e\u0301e\u0301x", 2) == ("e\u0301e\u0301", "x")
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_table.py tests/test_width.py
