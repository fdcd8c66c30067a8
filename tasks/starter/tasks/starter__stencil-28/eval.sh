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
index f3c8560..95ad178 100644
--- a/tests/test_syntax.py
+++ b/tests/test_syntax.py
@@ -28,3 +28,30 @@ def test_comments_are_left_out():
 
 def test_quotes():
     assert Template("{{ v|default:\"it's\" }}").render() == "it&#39;s"
+
+
+@pytest.mark.parametrize(
+    "source, text",
+    [
+        ("{{ v|join:' | ' }}", "a | b"),
+        ('{{ v|join:"|"|upper }}', "A|B"),
+        ("{{ w|default:'at 10:30' }}", "at 10:30"),
+        ("{{ w|default:'}}' }}!", "}}!"),
+        ("{{ w|default:'%}|:' }}", "%}|:"),
+        ("{% set s = w|default:'%}' %}{{ s }}", "%}"),
+        ("{{ w|default:\"}}\"|default:'x' }}", "}}"),
+    ],
+    ids=["pipe", "pipe-chain", "colon", "braces", "all", "tag", "double"],
+)
+def test_quoted_arguments_may_contain_anything(source, text):
+    assert Template(source).render({"v": ["a", "b"]}) == text
+
+
+def test_quotes_in_texts_and_comments_mean_nothing():
+    assert Template("it's {# don't #}{{ v }}'s").render({"v": 1}) == "it's 1's"
+
+
+@pytest.mark.parametrize("source", ["{{ v|join:'a }}", "{{ v| }}", "{{ v|join: }}", "{{ v join }}"], ids=range(4))
+def test_bad_filters_are_still_refused(source):
+    with pytest.raises(TemplateSyntaxError):
+        Template(source)
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_syntax.py
