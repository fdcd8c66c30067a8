#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_recurrence.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_recurrence.py b/tests/test_recurrence.py
index bd71d20..b9436b2 100644
--- a/tests/test_recurrence.py
+++ b/tests/test_recurrence.py
@@ -30,3 +30,19 @@ def test_yearly():
 def test_bad_rules(make):
     with pytest.raises(ValueError):
         make()
+
+
+def test_monthly_returns_to_its_day():
+    days = Monthly(31).dates(date(2025, 1, 1), 6)
+    assert [(d.month, d.day) for d in days] == [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30)]
+
+
+def test_monthly_started_in_a_short_month():
+    days = Monthly(30).dates(date(2024, 2, 10), 3)
+    assert days == [date(2024, 2, 29), date(2024, 3, 30), date(2024, 4, 30)]
+
+
+def test_every_other_month_over_new_year():
+    days = Monthly(31, every=2).dates(date(2024, 12, 31), 4)
+    assert days == [date(2024, 12, 31), date(2025, 2, 28), date(2025, 4, 30), date(2025, 6, 30)]
+    assert Monthly(31, every=2).dates(date(2025, 2, 1), 4)[-1] == date(2025, 8, 31)
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_recurrence.py
