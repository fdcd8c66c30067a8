#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_describe.py tests/test_fields.py tests/test_schedule.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_describe.py b/tests/test_describe.py
index fb9dc9e..3972a44 100644
--- a/tests/test_describe.py
+++ b/tests/test_describe.py
@@ -19,3 +19,7 @@ from cronwise import describe
 )
 def test_describe(expression, text):
     assert describe(expression) == text
+
+
+def test_star_with_increment_is_a_second_condition():
+    assert " or " not in describe("0 0 */2 * mon")
diff --git a/tests/test_fields.py b/tests/test_fields.py
index 4187fea..0318eba 100644
--- a/tests/test_fields.py
+++ b/tests/test_fields.py
@@ -29,6 +29,5 @@ def test_refused(text):
 
 
 def test_star_forms():
-    assert not parse_field(DAY, "*/2").is_every
-    assert parse_field(DAY, "*").is_star
+    assert parse_field(DAY, "*/2").is_star and not parse_field(DAY, "*/2").is_every
     assert parse_field(DAY, "*").is_every
diff --git a/tests/test_schedule.py b/tests/test_schedule.py
index 2f476b3..f2a2e3d 100644
--- a/tests/test_schedule.py
+++ b/tests/test_schedule.py
@@ -21,6 +21,12 @@ def test_weekdays():
     assert schedule.next_after(datetime(2025, 3, 7, 12)) == datetime(2025, 3, 10, 9)
 
 
+def test_star_day_and_weekday_must_both_match():
+    schedule = Schedule.parse("0 0 */2 * mon")
+    assert schedule.next_after(datetime(2025, 3, 1)) == datetime(2025, 3, 3)
+    assert schedule.next_after(datetime(2025, 3, 3)) == datetime(2025, 3, 17)
+
+
 def test_previous():
     schedule = Schedule.parse("0 9 1 * *")
     assert schedule.previous_before(datetime(2025, 3, 1, 9, 0, 1)) == datetime(2025, 3, 1, 9)
@@ -49,3 +55,18 @@ def test_timezone_is_kept():
 def test_refused(text):
     with pytest.raises(CronError):
         Schedule.parse(text)
+
+
+def test_star_with_increment_in_day_of_month():
+    found = Schedule.parse("0 0 */2 * mon").upcoming(datetime(2025, 3, 1), 4)
+    assert [(m.month, m.day) for m in found] == [(3, 3), (3, 17), (3, 31), (4, 7)]
+
+
+def test_star_with_increment_in_weekday():
+    found = Schedule.parse("0 0 13 * */2").upcoming(datetime(2025, 1, 1), 3)
+    assert [(m.month, m.day) for m in found] == [(2, 13), (3, 13), (4, 13)]
+
+
+def test_two_restricted_fields_match_either():
+    found = Schedule.parse("0 0 1-31/15 * mon").upcoming(datetime(2025, 3, 1), 4)
+    assert [m.day for m in found] == [3, 10, 16, 17]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_describe.py tests/test_fields.py tests/test_schedule.py
