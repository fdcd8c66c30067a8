#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_timeutils.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_timeutils.py b/tests/test_timeutils.py
index 153bdc0..0e383e5 100644
--- a/tests/test_timeutils.py
+++ b/tests/test_timeutils.py
@@ -23,6 +23,19 @@ def test_daterange_years():
 
     assert years_from_2025[0] == date(2025, 1, 1)
     assert years_from_2025[-1] == date(2017, 1, 1)
+
+
+def test_daterange_years_step():
+    start_day = date(year=2012, month=12, day=25)
+    end_day = date(year=2016, month=1, day=1)
+    dates = list(daterange(start_day, end_day, step=(1, 0, 0), inclusive=False))
+    expected = [date(year=2012, month=12, day=25), date(year=2013, month=12, day=25), date(year=2014, month=12, day=25), date(year=2015, month=12, day=25)]
+
+    assert dates == expected
+
+    dates = list(daterange(start_day, end_day, step=(0, 13, 0), inclusive=False))
+    expected = [date(year=2012, month=12, day=25), date(year=2014, month=1, day=25), date(year=2015, month=2, day=25)]
+    assert dates == expected
     
     
 def test_daterange_infinite():
@@ -87,6 +100,14 @@ def test_daterange_step_does_not_advance():
         list(daterange(start, None, step=0))
 
 
+def test_daterange_wrong_direction():
+    # a step pointed away from stop yields nothing, like range(1, 5, -1)
+    assert list(daterange(date(2020, 1, 1), date(2020, 1, 5), step=-1)) == []
+    assert list(daterange(date(2020, 1, 5), date(2020, 1, 1), step=1)) == []
+    assert list(daterange(date(2020, 1, 1), date(2020, 3, 1),
+                          step=(0, -1, 0))) == []
+
+
 def test_daterange_datetime_hourly():
     # daterange accepts datetimes (datetime subclasses date) with
     # sub-day timedelta steps
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests/test_timeutils.py
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_timeutils.py
