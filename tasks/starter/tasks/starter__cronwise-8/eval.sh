#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_fields.py tests/test_schedule.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_fields.py b/tests/test_fields.py
index 0318eba..d65d692 100644
--- a/tests/test_fields.py
+++ b/tests/test_fields.py
@@ -31,3 +31,26 @@ def test_refused(text):
 def test_star_forms():
     assert parse_field(DAY, "*/2").is_star and not parse_field(DAY, "*/2").is_every
     assert parse_field(DAY, "*").is_every
+
+
+@pytest.mark.parametrize(
+    "text, values",
+    [
+        ("5-7", {5, 6, 0}),
+        ("sat-sun", {6, 0}),
+        ("Fri-7", {5, 6, 0}),
+        ("1-7/2", {1, 3, 5, 0}),
+        ("0-7", {0, 1, 2, 3, 4, 5, 6}),
+        ("0-2", {0, 1, 2}),
+        ("sun-tue", {0, 1, 2}),
+    ],
+    ids=["digits", "names", "mixed", "increment", "whole-week", "from-zero", "from-sun"],
+)
+def test_weekday_ranges_around_sunday(text, values):
+    assert parse_field(WEEKDAY, text).values == values
+
+
+@pytest.mark.parametrize("text", ["6-2", "fri-mon", "8", "5-8"], ids=range(4))
+def test_weekday_ranges_refused(text):
+    with pytest.raises(CronError):
+        parse_field(WEEKDAY, text)
diff --git a/tests/test_schedule.py b/tests/test_schedule.py
index a08e14f..58a37f1 100644
--- a/tests/test_schedule.py
+++ b/tests/test_schedule.py
@@ -55,3 +55,9 @@ def test_timezone_is_kept():
 def test_refused(text):
     with pytest.raises(CronError):
         Schedule.parse(text)
+
+
+def test_weekend_as_a_range():
+    schedule = Schedule.parse("0 10 * * 6-7")
+    found = schedule.upcoming(datetime(2025, 3, 5), 3)
+    assert [moment.day for moment in found] == [8, 9, 15]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_fields.py tests/test_schedule.py
