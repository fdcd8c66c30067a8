#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_iterutils.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_iterutils.py b/tests/test_iterutils.py
index e3ac97f..a1f9dc0 100644
--- a/tests/test_iterutils.py
+++ b/tests/test_iterutils.py
@@ -444,6 +444,15 @@ def test_research_custom_enter():
     assert research(root, query, enter=custom_enter) == [(('a',), 'a'), (('c', 'aa'), 'aa')]
 
 
+
+def test_backoff_basic():
+    from boltons.iterutils import backoff
+
+    assert backoff(1, 16) == [1.0, 2.0, 4.0, 8.0, 16.0]
+    assert backoff(1, 1) == [1.0]
+    assert backoff(2, 15) == [2.0, 4.0, 8.0, 15.0]
+
+
 def test_backoff_repeat():
     from boltons.iterutils import backoff_iter
 
@@ -455,6 +464,16 @@ def test_backoff_repeat():
     assert fives == [5] * 1000
 
 
+def test_backoff_zero_start():
+    from boltons.iterutils import backoff
+
+    assert backoff(0, 16) == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0]
+    assert backoff(0, 15) == [0.0, 1.0, 2.0, 4.0, 8.0, 15.0]
+
+    slow_backoff = [round(x, 2) for x in backoff(0, 2.9, factor=1.2)]
+    assert slow_backoff == [0.0, 1.0, 1.2, 1.44, 1.73, 2.07, 2.49, 2.9]
+
+
 def test_backoff_validation():
     from boltons.iterutils import backoff
 
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_iterutils.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_iterutils.py
