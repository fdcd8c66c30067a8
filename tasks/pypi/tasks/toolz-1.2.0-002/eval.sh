#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- toolz/tests/test_functoolz.py
git apply -v - <<'EOF_114329324912'
diff --git a/toolz/tests/test_functoolz.py b/toolz/tests/test_functoolz.py
index f3fa540..d35e0de 100644
--- a/toolz/tests/test_functoolz.py
+++ b/toolz/tests/test_functoolz.py
@@ -238,6 +238,19 @@ def test_curry_kwargs():
     assert curry(h, func=str)(0.0) == '0.0'
 
 
+def test_curry_passes_errors():
+    @curry
+    def f(a, b):
+        if not isinstance(a, int):
+            raise TypeError()
+        return a + b
+
+    assert f(1, 2) == 3
+    assert raises(TypeError, lambda: f('1', 2))
+    assert raises(TypeError, lambda: f('1')(2))
+    assert raises(TypeError, lambda: f(1, 2, 3))
+
+
 def test_curry_docstring():
     def f(x, y):
         """ A docstring """
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider toolz/tests/test_curried.py toolz/tests/test_functoolz.py
: '>>>>> End Test Output'
git checkout "$base" -- toolz/tests/test_functoolz.py
