#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
rm -f tests/test_time_zones.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_time_zones.py b/tests/test_time_zones.py
new file mode 100644
index 0000000..6cc29b2
--- /dev/null
+++ b/tests/test_time_zones.py
@@ -0,0 +1,40 @@
+from datetime import date, datetime, timedelta, timezone
+
+from daybook import Calendar, Event, Interval
+
+KATHMANDU = timezone(timedelta(hours=5, minutes=45))
+NEW_YORK = timezone(timedelta(hours=-5))
+
+
+def call(title, start):
+    return Event(title, Interval(start, start + timedelta(minutes=30)))
+
+
+def titles(calendar, zone):
+    return [(day, [e.title for e in events]) for day, events in calendar.by_day(zone).items()]
+
+
+def test_late_meeting_in_the_east():
+    calendar = Calendar([call("late", datetime(2025, 3, 3, 20, tzinfo=timezone.utc))])
+    assert titles(calendar, KATHMANDU) == [(date(2025, 3, 4), ["late"])]
+    assert titles(calendar, timezone.utc) == [(date(2025, 3, 3), ["late"])]
+
+
+def test_early_meeting_in_the_west():
+    calendar = Calendar([call("early", datetime(2025, 3, 3, 4, 59, tzinfo=timezone.utc))])
+    assert titles(calendar, NEW_YORK) == [(date(2025, 3, 2), ["early"])]
+
+
+def test_events_of_several_zones_are_in_order_of_time():
+    calendar = Calendar(
+        [
+            call("second", datetime(2025, 3, 3, 1, tzinfo=timezone.utc)),
+            call("first", datetime(2025, 3, 3, 2, tzinfo=KATHMANDU)),
+            call("third", datetime(2025, 3, 2, 23, tzinfo=NEW_YORK)),
+        ]
+    )
+    assert [event.title for event in calendar] == ["first", "second", "third"]
+    assert titles(calendar, timezone.utc) == [
+        (date(2025, 3, 2), ["first"]),
+        (date(2025, 3, 3), ["second", "third"]),
+    ]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
rm -f tests/test_time_zones.py
