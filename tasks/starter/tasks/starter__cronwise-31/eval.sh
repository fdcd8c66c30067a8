#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
rm -f tests/test_leap_years.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_leap_years.py b/tests/test_leap_years.py
new file mode 100644
index 0000000..1fef847
--- /dev/null
+++ b/tests/test_leap_years.py
@@ -0,0 +1,34 @@
+from datetime import datetime
+
+import pytest
+
+from cronwise import Schedule
+
+
+@pytest.mark.parametrize("hour", [0, 12, 23], ids=str)
+def test_next_from_a_leap_day(hour):
+    found = Schedule.parse("@daily").next_after(datetime(2024, 2, 29, hour))
+    assert found == datetime(2024, 3, 1)
+
+
+def test_previous_from_a_leap_day():
+    found = Schedule.parse("30 6 1 * *").previous_before(datetime(2024, 2, 29, 12))
+    assert found == datetime(2024, 2, 1, 6, 30)
+
+
+def test_next_leap_day_after_four_years():
+    schedule = Schedule.parse("0 0 29 2 *")
+    assert schedule.next_after(datetime(2024, 3, 1)) == datetime(2028, 2, 29)
+    assert schedule.next_after(datetime(2024, 2, 29)) == datetime(2028, 2, 29)
+
+
+def test_next_leap_day_over_2100():
+    assert Schedule.parse("0 0 29 2 *").next_after(datetime(2096, 3, 1)) == datetime(2104, 2, 29)
+
+
+def test_previous_leap_day_over_2100():
+    assert Schedule.parse("0 0 29 2 *").previous_before(datetime(2104, 1, 1)) == datetime(2096, 2, 29)
+
+
+def test_never_from_a_leap_day():
+    assert Schedule.parse("0 0 30 2 *").next_after(datetime(2024, 2, 29)) is None
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
rm -f tests/test_leap_years.py
