#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_reports.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_reports.py b/tests/test_reports.py
index 45bcfb3..8fcef45 100644
--- a/tests/test_reports.py
+++ b/tests/test_reports.py
@@ -13,9 +13,35 @@ def test_statement_lines_carry_the_running_balance(journal, move):
     assert found.closing == Money(500, "EUR")
 
 
+def test_opening_is_before_the_first_day(journal, move):
+    move(journal, 1, "Income:Salary", "Assets:Bank", 1000)
+    move(journal, 3, "Assets:Bank", "Expenses:Food", 300)
+    found = statement(journal, "Assets:Bank", "EUR", date(2025, 3, 3), date(2025, 3, 9))
+    assert found.opening == Money(1000, "EUR")
+    assert found.closing == Money(700, "EUR")
+
+
 def test_trial_balance_adds_up(journal, move):
     move(journal, 1, "Income:Salary", "Assets:Bank", 1000)
     move(journal, 2, "Assets:Bank", "Assets:Cash", 250)
     rows = trial_balance(journal, "EUR", date(2025, 3, 31))
     assert [row[0] for row in rows] == ["Assets:Bank", "Assets:Cash", "Income:Salary"]
     assert sum(row[1].units for row in rows) == sum(row[2].units for row in rows) == 1000
+
+
+def test_first_day_is_not_counted_twice(journal, move):
+    move(journal, 1, "Income:Salary", "Assets:Bank", 100000)
+    found = statement(journal, "Assets:Bank", "EUR", date(2025, 3, 1), date(2025, 3, 31))
+    assert found.opening == Money(0, "EUR")
+    assert len(found.lines) == 1
+    assert found.closing == Money(100000, "EUR")
+
+
+def test_one_day_statements_chain(journal, move):
+    for day in (1, 2, 3):
+        move(journal, day, "Income:Salary", "Assets:Bank", 100 * day)
+    days = [
+        statement(journal, "Assets:Bank", "EUR", date(2025, 3, day), date(2025, 3, day)) for day in (1, 2, 3)
+    ]
+    assert [s.opening.units for s in days] == [0, 100, 300]
+    assert [s.closing.units for s in days] == [100, 300, 600]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_reports.py
