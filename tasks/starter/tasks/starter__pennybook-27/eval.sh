#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_journal.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_journal.py b/tests/test_journal.py
index a859fe4..a21cdd9 100644
--- a/tests/test_journal.py
+++ b/tests/test_journal.py
@@ -51,3 +51,31 @@ def test_balance_on_counts_the_day_itself(journal, move):
     move(journal, 5, "Income:Salary", "Assets:Bank", 500)
     assert journal.balance_on("Assets:Bank", "EUR", date(2025, 3, 4)) == Money(0, "EUR")
     assert journal.balance_on("Assets:Bank", "EUR", date(2025, 3, 5)) == Money(500, "EUR")
+
+
+def refused(journal, day, *postings):
+    with pytest.raises(LedgerError):
+        journal.post(Entry(date(2025, 3, day), "refused", list(postings)))
+
+
+def test_unbalanced_entry_leaves_balances_alone(journal, move):
+    move(journal, 1, "Income:Salary", "Assets:Cash", 500)
+    refused(journal, 2, Posting("Assets:Cash", Money(100, "EUR")), Posting("Assets:Bank", Money(-90, "EUR")))
+    assert journal.balance("Assets:Cash", "EUR") == Money(500, "EUR")
+    assert journal.balance("Assets:Bank", "EUR") == Money(0, "EUR")
+
+
+def test_unknown_account_leaves_balances_alone(journal):
+    refused(journal, 2, Posting("Assets:Cash", Money(100, "EUR")), Posting("Assets:Bnak", Money(-100, "EUR")))
+    assert journal.balance("Assets:Cash", "EUR") == Money(0, "EUR")
+
+
+def test_closed_period_leaves_balances_alone(journal):
+    journal.close(date(2025, 3, 31))
+    refused(journal, 2, Posting("Assets:Cash", Money(100, "EUR")), Posting("Assets:Bank", Money(-100, "EUR")))
+    assert journal.balance("Assets:Cash", "EUR") == journal.balance_on("Assets:Cash", "EUR", date.max)
+
+
+def test_single_posting_leaves_balances_alone(journal):
+    refused(journal, 2, Posting("Assets:Cash", Money(100, "EUR")))
+    assert journal.balance("Assets:Cash", "EUR") == Money(0, "EUR")
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_journal.py
