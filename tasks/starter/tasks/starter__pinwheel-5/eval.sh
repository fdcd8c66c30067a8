#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_version.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_version.py b/tests/test_version.py
index 1d1151d..703ee0d 100644
--- a/tests/test_version.py
+++ b/tests/test_version.py
@@ -26,3 +26,18 @@ def test_prereleases_come_before_the_release():
 def test_equality():
     assert Version.parse("1.2.3") == Version(1, 2, 3)
     assert Version.parse("1.2.3") != Version.parse("1.2.4")
+
+
+def test_order_of_prereleases():
+    texts = """
+        1.0.0-1 1.0.0-2 1.0.0-11 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta
+        1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0-rc.9 1.0.0-rc.10 1.0.0
+    """.split()
+    ordered = sorted(map(Version.parse, reversed(texts)))
+    assert [str(version) for version in ordered] == texts
+
+
+def test_prerelease_comparisons():
+    assert Version.parse("1.0.0-rc.9") < Version.parse("1.0.0-rc.10")
+    assert Version.parse("1.0.0-9") < Version.parse("1.0.0-a")
+    assert Version.parse("1.0.0-rc") < Version.parse("1.0.0-rc.0")
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_version.py
