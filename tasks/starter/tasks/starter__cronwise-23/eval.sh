#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_schedule.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_schedule.py b/tests/test_schedule.py
index 46f2f32..990d51f 100644
--- a/tests/test_schedule.py
+++ b/tests/test_schedule.py
@@ -27,6 +27,12 @@ def test_star_day_and_weekday_must_both_match():
     assert schedule.next_after(datetime(2025, 3, 3)) == datetime(2025, 3, 17)
 
 
+def test_previous():
+    schedule = Schedule.parse("0 9 1 * *")
+    assert schedule.previous_before(datetime(2025, 3, 1, 9, 0, 1)) == datetime(2025, 3, 1, 9)
+    assert schedule.previous_before(datetime(2025, 3, 1, 9)) == datetime(2025, 2, 1, 9)
+
+
 def test_never():
     assert Schedule.parse("0 0 30 2 *").next_after(datetime(2025, 1, 1)) is None
     assert Schedule.parse("0 0 31 4 *").previous_before(datetime(2025, 1, 1)) is None
@@ -49,3 +55,23 @@ def test_timezone_is_kept():
 def test_refused(text):
     with pytest.raises(CronError):
         Schedule.parse(text)
+
+
+@pytest.mark.parametrize("later", [timedelta(seconds=12), timedelta(microseconds=1)], ids=["second", "microsecond"])
+def test_previous_within_the_minute(later):
+    nine = datetime(2025, 3, 7, 9)
+    assert Schedule.parse("0 9 * * *").previous_before(nine + later) == nine
+
+
+def test_previous_at_the_very_moment():
+    schedule = Schedule.parse("0 9 * * *")
+    assert schedule.previous_before(datetime(2025, 3, 7, 9)) == datetime(2025, 3, 6, 9)
+
+
+def test_previous_undoes_next():
+    schedule = Schedule.parse("*/7 3,15 * * *")
+    moment = datetime(2025, 3, 1)
+    for _ in range(40):
+        following = schedule.next_after(moment)
+        assert schedule.previous_before(following + timedelta(seconds=1)) == following
+        moment = following
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_schedule.py
