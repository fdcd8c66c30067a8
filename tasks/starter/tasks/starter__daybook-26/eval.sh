#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_agenda.py tests/test_intervals.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_agenda.py b/tests/test_agenda.py
index bf7076f..4375d90 100644
--- a/tests/test_agenda.py
+++ b/tests/test_agenda.py
@@ -34,3 +34,20 @@ def test_naive_and_aware_are_not_mixed():
     start = datetime(2025, 3, 3, 9, tzinfo=timezone.utc)
     with pytest.raises(ValueError):
         calendar.add(Event("b", Interval(start, start.replace(hour=10))))
+
+
+def test_back_to_back_is_no_conflict():
+    calendar = Calendar([event("a", 9, 10), event("b", 10, 11), event("c", 11, 12)])
+    assert calendar.conflicts() == []
+
+
+def test_during_is_half_open():
+    calendar = Calendar([event("a", 9, 10), event("b", 10, 11), event("c", 11, 12)])
+    ten = Interval(datetime(2025, 3, 3, 10), datetime(2025, 3, 3, 11))
+    assert [e.title for e in calendar.during(ten)] == ["b"]
+
+
+def test_every_real_conflict_is_found():
+    calendar = Calendar([event("a", 9, 12), event("b", 10, 11), event("c", 11, 13), event("d", 12, 13)])
+    pairs = [(x.title, y.title) for x, y in calendar.conflicts()]
+    assert pairs == [("a", "b"), ("a", "c"), ("c", "d")]
diff --git a/tests/test_intervals.py b/tests/test_intervals.py
index a859d58..1f13fec 100644
--- a/tests/test_intervals.py
+++ b/tests/test_intervals.py
@@ -34,3 +34,10 @@ def test_subtract():
     assert subtract(hours(9, 17), [hours(12, 13)]) == [hours(9, 12), hours(13, 17)]
     assert subtract(hours(9, 17), [hours(8, 18)]) == []
     assert subtract(hours(9, 17), [hours(8, 10), hours(16, 18)]) == [hours(10, 16)]
+
+
+def test_touching_is_not_overlapping():
+    assert not hours(9, 10).overlaps(hours(10, 11))
+    assert not hours(10, 11).overlaps(hours(9, 10))
+    assert hours(9, 10).touches(hours(10, 11))
+    assert hours(9, 10).intersection(hours(10, 11)) is None
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_agenda.py tests/test_intervals.py
