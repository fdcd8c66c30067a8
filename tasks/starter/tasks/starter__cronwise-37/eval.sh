#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_upcoming.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_upcoming.py b/tests/test_upcoming.py
index f8f6335..c87f94d 100644
--- a/tests/test_upcoming.py
+++ b/tests/test_upcoming.py
@@ -25,3 +25,23 @@ def test_busiest_minute():
     when, names = busiest_minute(JOBS, datetime(2025, 3, 1), datetime(2025, 3, 3))
     assert (when, names) == (datetime(2025, 3, 1, 2), ["backup", "report"])
     assert busiest_minute({"never": "0 0 30 2 *"}, datetime(2025, 3, 1), datetime(2025, 3, 2)) is None
+
+
+def test_ties_come_in_the_order_of_the_mapping():
+    jobs = {"rotate-logs": "0 0 * * *", "backup": "0 0 * * *", "mail": "@daily"}
+    found = merge_upcoming(jobs, datetime(2025, 3, 1, 1), 6)
+    assert [name for _, name in found] == ["rotate-logs", "backup", "mail"] * 2
+    assert [when.day for when, _ in found] == [2, 2, 2, 3, 3, 3]
+
+
+def test_ties_after_different_rhythms():
+    jobs = {"z": "0 */3 * * *", "a": "0 */2 * * *"}
+    found = merge_upcoming(jobs, datetime(2025, 3, 1, 0, 30), 6)
+    assert [(when.hour, name) for when, name in found] == [
+        (2, "a"),
+        (3, "z"),
+        (4, "a"),
+        (6, "z"),
+        (6, "a"),
+        (8, "a"),
+    ]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_upcoming.py
