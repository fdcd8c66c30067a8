#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_intervals.py tests/test_slots.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_intervals.py b/tests/test_intervals.py
index a859d58..895dbb7 100644
--- a/tests/test_intervals.py
+++ b/tests/test_intervals.py
@@ -34,3 +34,8 @@ def test_subtract():
     assert subtract(hours(9, 17), [hours(12, 13)]) == [hours(9, 12), hours(13, 17)]
     assert subtract(hours(9, 17), [hours(8, 18)]) == []
     assert subtract(hours(9, 17), [hours(8, 10), hours(16, 18)]) == [hours(10, 16)]
+
+
+def test_union_of_nested_intervals():
+    assert union([hours(9, 16), hours(10, 11)]) == [hours(9, 16)]
+    assert union([hours(9, 16), hours(9, 10), hours(16, 17)]) == [hours(9, 17)]
diff --git a/tests/test_slots.py b/tests/test_slots.py
index ce12176..d3adce4 100644
--- a/tests/test_slots.py
+++ b/tests/test_slots.py
@@ -32,3 +32,13 @@ def test_first_free_and_utilisation():
     found = first_free(calendar, [DAY], time(9), time(17), timedelta(hours=2))
     assert found == Interval(datetime(2025, 3, 3, 14), datetime(2025, 3, 3, 16))
     assert utilisation(calendar, DAY, time(9), time(17)) == 0.5
+
+
+def test_nested_events():
+    assert gaps(busy((9, 16), (10, 11))) == [(16, 17)]
+    assert gaps(busy((10, 15), (11, 12), (12, 14))) == [(9, 10), (15, 17)]
+    assert gaps(busy((8, 18), (10, 11))) == []
+
+
+def test_utilisation_of_nested_events():
+    assert utilisation(busy((9, 13), (10, 11)), DAY, time(9), time(17)) == 0.5
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_intervals.py tests/test_slots.py
