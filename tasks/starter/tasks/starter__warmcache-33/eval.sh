#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_memo.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_memo.py b/tests/test_memo.py
index dd378d9..26ebbe6 100644
--- a/tests/test_memo.py
+++ b/tests/test_memo.py
@@ -49,3 +49,59 @@ def test_errors_are_not_remembered():
             fail(1)
     assert calls == [1, 1]
     assert len(fail.cache) == 0
+
+
+@pytest.fixture
+def counted():
+    """A memoized function f(x, y=2, *rest, scale=1, **options) and the list of its real calls."""
+    calls = []
+
+    @memoize()
+    def f(x, y=2, *rest, scale=1, **options):
+        calls.append(x)
+        return (x + y + sum(rest)) * scale
+
+    return f, calls
+
+
+def test_the_way_of_passing_does_not_matter(counted):
+    f, calls = counted
+    assert f(1, 2) == f(1, y=2) == f(y=2, x=1) == f(1) == f(1, scale=1) == 3
+    assert len(calls) == 1
+
+
+def test_the_order_of_options_does_not_matter(counted):
+    f, calls = counted
+    f(1, scale=3, a=1, b=2)
+    f(1, b=2, a=1, scale=3)
+    f(1, b=2, a=7, scale=3)
+    assert len(calls) == 2
+
+
+def test_different_calls_stay_different(counted):
+    f, calls = counted
+    results = [f(1), f(1, 3), f(1, 2, 5), f(1, scale=4), f(2)]
+    assert results == [3, 4, 8, 12, 4]
+    assert len(calls) == 5
+
+
+def test_forget_knows_defaults(counted):
+    f, calls = counted
+    f(1, 2)
+    assert f.forget(1) is True
+    f(x=1)
+    assert len(calls) == 2
+
+
+def test_typed_tells_numbers_apart():
+    calls = []
+
+    @memoize(typed=True)
+    def name(value, *more):
+        calls.append(value)
+        return type(value).__name__
+
+    assert [name(1), name(1.0), name(True), name(value=1)] == ["int", "float", "bool", "int"]
+    name(1, 2)
+    name(1, 2.0)
+    assert len(calls) == 5
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_memo.py
