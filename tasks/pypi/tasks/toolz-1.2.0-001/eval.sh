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
index dd105c3..d20da2b 100644
--- a/toolz/tests/test_itertoolz.py
+++ b/toolz/tests/test_itertoolz.py
@@ -343,6 +343,37 @@ def test_partition():
     assert list(partition(2, [])) == []
 
 
+def test_partition_all():
+    assert list(partition_all(2, [1, 2, 3, 4])) == [(1, 2), (3, 4)]
+    assert list(partition_all(3, range(5))) == [(0, 1, 2), (3, 4)]
+    assert list(partition_all(2, [])) == []
+
+    # Regression test: https://github.com/pytoolz/toolz/issues/387
+    class NoCompare:
+        def __eq__(self, other):
+            if self.__class__ == other.__class__:
+                return True
+            raise ValueError()
+    obj = NoCompare()
+    result = [(obj, obj, obj, obj), (obj, obj, obj)]
+    assert list(partition_all(4, [obj]*7)) == result
+    assert list(partition_all(4, iter([obj]*7))) == result
+
+    # Test invalid __len__: https://github.com/pytoolz/toolz/issues/602
+    class ListWithBadLength(list):
+        def __init__(self, contents, off_by=1):
+            self.off_by = off_by
+            super().__init__(contents)
+
+        def __len__(self):
+            return super().__len__() + self.off_by
+
+    too_long_list = ListWithBadLength([1, 2], off_by=+1)
+    assert raises(LookupError, lambda: list(partition_all(5, too_long_list)))
+    too_short_list = ListWithBadLength([1, 2], off_by=-1)
+    assert raises(LookupError, lambda: list(partition_all(5, too_short_list)))
+
+
 def test_count():
     assert count((1, 2, 3)) == 3
     assert count([]) == 0
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider toolz/tests/test_itertoolz.py
: '>>>>> End Test Output'
git checkout "$base" -- toolz/tests/test_itertoolz.py
