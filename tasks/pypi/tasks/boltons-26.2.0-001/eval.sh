#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_setutils.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_setutils.py b/tests/test_setutils.py
index 2d14342..cfed65f 100644
--- a/tests/test_setutils.py
+++ b/tests/test_setutils.py
@@ -194,6 +194,52 @@ def test_complement_set():
     assert opsmash(cab, ops) == ops
 
 
+def test_iset_index_method():
+    original_list = list(range(8, 20)) + list(range(8))
+
+    indexed_list = IndexedSet()
+
+    for i in original_list:
+        indexed_list.add(i)
+
+    for i in original_list:
+        index = indexed_list.index(i)
+        # if we're removing them in order, the target value should always be at index 0
+        assert index == 0
+        indexed_list.pop(index)
+
+    indexed_list = IndexedSet(range(10))
+
+    for i in reversed(range(10)):
+        if i % 2:
+            continue
+        index = indexed_list.index(i)
+        assert i == indexed_list.pop(index)
+
+
+    indexed_list = IndexedSet(range(32))
+
+    for i in list(indexed_list):
+        if i % 3:
+            index = indexed_list.index(i)
+            assert i == indexed_list.pop(index)
+
+    indexed_list = IndexedSet(range(10))
+
+    for i in range(10):
+        if i < 3:
+            continue
+        index = indexed_list.index(i)
+        assert i == indexed_list.pop(index)
+
+    indexed_list = IndexedSet(range(32))
+
+    for i in list(indexed_list):
+        if i % 3:
+            index = indexed_list.index(i)
+            assert i == indexed_list.pop(index)
+
+
 def test_iset_slice_after_removal():
     # PR #423: slice bounds were mapped into item_list space while islice
     # consumed the apparent (dead-slot-free) stream, so any removal made
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_setutils.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_setutils.py
