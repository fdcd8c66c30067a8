#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_rendering.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_rendering.py b/tests/test_rendering.py
index 2fc6a4f..97c64aa 100644
--- a/tests/test_rendering.py
+++ b/tests/test_rendering.py
@@ -44,3 +44,29 @@ def test_rendering_twice():
     context = {"m": 1}
     assert template.render(context) == template.render(context) == "1"
     assert context == {"m": 1}
+
+
+def test_loop_variable_is_gone_after_the_loop():
+    source = "{% for name in guests %}{{ name }} {% endfor %}from {{ name }}"
+    assert render(source, name="Ada", guests=["Bob", "Cy"]) == "Bob Cy from Ada"
+    assert render("{% for x in xs %}{% endfor %}[{{ x }}{{ loop.index }}]", xs=[1]) == "[]"
+
+
+def test_outer_loop_is_back_after_the_inner_one():
+    source = "{% for x in xs %}{% for y in ys %}{{ loop.index }}{% endfor %}:{{ loop.index }} {% endfor %}"
+    assert render(source, xs="ab", ys="cde") == "123:1 123:2 "
+
+
+def test_set_in_a_loop_is_local():
+    source = "{% set n = a %}{% for x in xs %}{% set n = x %}{{ n }}{% endfor %}{{ n }}"
+    assert render(source, a="A", xs=[1, 2]) == "12A"
+
+
+def test_set_does_not_reach_the_next_round():
+    source = "{% for x in xs %}{{ n }}{% set n = x %}{% endfor %}"
+    assert render(source, xs=[1, 2, 3]) == ""
+
+
+def test_same_name_in_nested_loops():
+    source = "{% for x in xs %}{% for x in ys %}{{ x }}{% endfor %}{{ x }}{% endfor %}"
+    assert render(source, xs="ab", ys="c") == "cacb"
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_rendering.py
