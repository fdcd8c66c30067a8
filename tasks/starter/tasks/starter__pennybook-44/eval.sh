#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_accounts.py tests/test_reports.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_accounts.py b/tests/test_accounts.py
index bf2ec82..9020a3d 100644
--- a/tests/test_accounts.py
+++ b/tests/test_accounts.py
@@ -31,3 +31,10 @@ def test_subtree(chart):
 def test_account_properties(chart):
     savings = chart.get("Assets:Bank:Savings")
     assert (savings.depth, savings.leaf, savings.is_debit_normal) == (2, "Savings", True)
+
+
+def test_subtree_is_not_a_text_prefix(chart):
+    chart.open("Assets:Bankcard", "asset")
+    chart.open("Assets:Bankcard:Gold", "asset")
+    assert chart.subtree("Assets:Bank") == ["Assets:Bank", "Assets:Bank:Savings"]
+    assert chart.subtree("Assets:Bankcard") == ["Assets:Bankcard", "Assets:Bankcard:Gold"]
diff --git a/tests/test_reports.py b/tests/test_reports.py
index 47e5507..8ed2377 100644
--- a/tests/test_reports.py
+++ b/tests/test_reports.py
@@ -27,3 +27,12 @@ def test_trial_balance_adds_up(journal, move):
     rows = trial_balance(journal, "EUR", date(2025, 3, 31))
     assert [row[0] for row in rows] == ["Assets:Bank", "Assets:Cash", "Income:Salary"]
     assert sum(row[1].units for row in rows) == sum(row[2].units for row in rows) == 1000
+
+
+def test_statement_ignores_accounts_with_a_similar_name(chart, journal, move):
+    chart.open("Assets:Bankcard", "asset")
+    move(journal, 1, "Income:Salary", "Assets:Bank", 10000)
+    move(journal, 2, "Income:Salary", "Assets:Bankcard", 700)
+    found = statement(journal, "Assets:Bank", "EUR", date(2025, 3, 1), date(2025, 3, 31))
+    assert found.closing == journal.balance("Assets:Bank", "EUR") == Money(10000, "EUR")
+    assert len(found.lines) == 1
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_accounts.py tests/test_reports.py
