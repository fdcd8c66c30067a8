#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_syntax.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_syntax.py b/tests/test_syntax.py
index f3c8560..78d7562 100644
--- a/tests/test_syntax.py
+++ b/tests/test_syntax.py
@@ -28,3 +28,21 @@ def test_comments_are_left_out():
 
 def test_quotes():
     assert Template("{{ v|default:\"it's\" }}").render() == "it&#39;s"
+
+
+@pytest.mark.parametrize(
+    "source, line",
+    [
+        ("{# one\ntwo\nthree #}\n{% oops %}", 4),
+        ("{# one\ntwo #}{% oops %}", 2),
+        ("{{ a\n|upper\n}}\n{{ 1 }}", 4),
+        ("{% if\n a %}\n{% for x in y %}\n{% endfor %}\n{% oops %}{% endif %}", 5),
+        ("\n{# c\n #}\n{% if a %}\n\n", 4),
+        ("{# a\n #}{# b\n #}\n{{ x", 4),
+    ],
+    ids=["comment", "same-line", "print", "tag", "unclosed-if", "unclosed-print"],
+)
+def test_lines_inside_tags_count(source, line):
+    with pytest.raises(TemplateSyntaxError) as caught:
+        Template(source)
+    assert caught.value.line == line
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_syntax.py
