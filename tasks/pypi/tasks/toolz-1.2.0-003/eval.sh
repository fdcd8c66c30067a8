#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- toolz/tests/test_itertoolz.py
git apply -v - <<'EOF_114329324912'
diff --git a/toolz/tests/test_itertoolz.py b/toolz/tests/test_itertoolz.py
index d1902aa..d20da2b 100644
--- a/toolz/tests/test_itertoolz.py
+++ b/toolz/tests/test_itertoolz.py
@@ -65,6 +65,35 @@ def test_groupby_non_callable():
          (2, 2): [(2, 2), (2, 4)]}
 
 
+def test_merge_sorted():
+    assert list(merge_sorted([1, 2, 3], [1, 2, 3])) == [1, 1, 2, 2, 3, 3]
+    assert list(merge_sorted([1, 3, 5], [2, 4, 6])) == [1, 2, 3, 4, 5, 6]
+    assert list(merge_sorted([1], [2, 4], [3], [])) == [1, 2, 3, 4]
+    assert list(merge_sorted([5, 3, 1], [6, 4, 3], [],
+                             key=lambda x: -x)) == [6, 5, 4, 3, 3, 1]
+    assert list(merge_sorted([2, 1, 3], [1, 2, 3],
+                             key=lambda x: x // 3)) == [2, 1, 1, 2, 3, 3]
+    assert list(merge_sorted([2, 3], [1, 3],
+                             key=lambda x: x // 3)) == [2, 1, 3, 3]
+    assert ''.join(merge_sorted('abc', 'abc', 'abc')) == 'aaabbbccc'
+    assert ''.join(merge_sorted('abc', 'abc', 'abc', key=ord)) == 'aaabbbccc'
+    assert ''.join(merge_sorted('cba', 'cba', 'cba',
+                                key=lambda x: -ord(x))) == 'cccbbbaaa'
+    assert list(merge_sorted([1], [2, 3, 4], key=identity)) == [1, 2, 3, 4]
+
+    data = [[(1, 2), (0, 4), (3, 6)], [(5, 3), (6, 5), (8, 8)],
+            [(9, 1), (9, 8), (9, 9)]]
+    assert list(merge_sorted(*data, key=lambda x: x[1])) == [
+        (9, 1), (1, 2), (5, 3), (0, 4), (6, 5), (3, 6), (8, 8), (9, 8), (9, 9)]
+    assert list(merge_sorted()) == []
+    assert list(merge_sorted([1, 2, 3])) == [1, 2, 3]
+    assert list(merge_sorted([1, 4, 5], [2, 3])) == [1, 2, 3, 4, 5]
+    assert list(merge_sorted([1, 4, 5], [2, 3], key=identity)) == [
+        1, 2, 3, 4, 5]
+    assert list(merge_sorted([1, 5], [2], [4, 7], [3, 6], key=identity)) == [
+        1, 2, 3, 4, 5, 6, 7]
+
+
 def test_interleave():
     assert ''.join(interleave(('ABC', '123'))) == 'A1B2C3'
     assert ''.join(interleave(('ABC', '1'))) == 'A1BC'
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider toolz/tests/test_itertoolz.py
: '>>>>> End Test Output'
git checkout "$base" -- toolz/tests/test_itertoolz.py
