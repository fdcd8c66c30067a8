#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_lockfile.py tests/test_version.py
rm -f tests/test_index.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_index.py b/tests/test_index.py
new file mode 100644
index 0000000..4449723
--- /dev/null
+++ b/tests/test_index.py
@@ -0,0 +1,18 @@
+import pytest
+
+from pinwheel import Index, IndexFault, Version
+
+
+def test_builds_of_one_version_are_the_same():
+    index = Index()
+    index.add("log", "1.0.0+linux", {"io": "^1"})
+    with pytest.raises(IndexFault):
+        index.add("log", "1.0.0+mac")
+    assert list(index.dependencies("log", Version.parse("1.0.0"))) == ["io"]
+
+
+def test_unknown_version():
+    index = Index()
+    index.add("log", "1.0.0")
+    with pytest.raises(IndexFault):
+        index.dependencies("log", Version.parse("1.0.1"))
diff --git a/tests/test_lockfile.py b/tests/test_lockfile.py
index 4acacd2..ac31cde 100644
--- a/tests/test_lockfile.py
+++ b/tests/test_lockfile.py
@@ -28,3 +28,9 @@ def test_diff():
     before = versions(a="1.0.0", b="1.0.0", c="1.9.0")
     after = versions(b="2.0.0", c="1.8.0", d="1.0.0")
     assert diff_locks(before, after) == ["- a 1.0.0", "^ b 1.0.0 -> 2.0.0", "v c 1.9.0 -> 1.8.0", "+ d 1.0.0"]
+
+
+def test_diff_ignores_build_metadata():
+    before = versions(log="1.0.0+linux", app="1.0.0+linux")
+    after = versions(log="1.0.0+mac", app="1.1.0+linux")
+    assert diff_locks(before, after) == ["^ app 1.0.0+linux -> 1.1.0+linux"]
diff --git a/tests/test_version.py b/tests/test_version.py
index 1d1151d..63f1673 100644
--- a/tests/test_version.py
+++ b/tests/test_version.py
@@ -26,3 +26,11 @@ def test_prereleases_come_before_the_release():
 def test_equality():
     assert Version.parse("1.2.3") == Version(1, 2, 3)
     assert Version.parse("1.2.3") != Version.parse("1.2.4")
+
+
+def test_build_metadata_does_not_count():
+    linux, mac = Version.parse("1.0.0+linux"), Version.parse("1.0.0+mac")
+    assert linux == mac
+    assert len({linux, mac, Version(1, 0, 0)}) == 1
+    assert not linux < mac and not mac < linux
+    assert str(mac) == "1.0.0+mac"
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_lockfile.py tests/test_version.py
rm -f tests/test_index.py
