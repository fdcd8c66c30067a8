#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_filters.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_filters.py b/tests/test_filters.py
index f7b9a04..f32ee10 100644
--- a/tests/test_filters.py
+++ b/tests/test_filters.py
@@ -30,3 +30,28 @@ def test_escaping():
     assert render("{{ v }}", v="<b> & 'x'") == "&lt;b&gt; &amp; &#39;x&#39;"
     assert render("{{ v|safe }}", v="<b>") == "<b>"
     assert render("{{ v }}", v=Safe("<b>")) == "<b>"
+    assert render("{{ v|escape }}", v="<b>") == "&lt;b&gt;"
+
+
+def test_escaped_once():
+    assert render("{{ v|escape }}", v="a & b") == "a &amp; b"
+    assert render("{{ v|escape|escape }}", v="a & b") == "a &amp; b"
+    assert render("{{ v|safe|escape }}", v="<b>") == "<b>"
+
+
+@pytest.mark.parametrize(
+    "chain, text",
+    [("upper", "<B>HI</B>"), ("lower", "<b>hi</b>"), ("trim", "<b>Hi</b>"), ("cut:'H'", "<b>i</b>")],
+    ids=["upper", "lower", "trim", "cut"],
+)
+def test_safe_texts_stay_safe(chain, text):
+    assert render("{{ v|safe|%s }}" % chain, v="<b>Hi</b>") == text
+
+
+def test_plain_texts_do_not_become_safe():
+    assert render("{{ v|upper }}", v="<b>") == "&lt;B&gt;"
+    assert render("{{ v|trim|cut:'x' }}", v=" <x> ") == "&lt;&gt;"
+
+
+def test_join_escapes_items_once():
+    assert render("{{ v|join:' & ' }}", v=["<a>", Safe("<b>")]) == "&lt;a&gt; &amp; <b>"
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_filters.py
