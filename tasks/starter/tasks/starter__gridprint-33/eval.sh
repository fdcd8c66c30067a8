#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_summary.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_summary.py b/tests/test_summary.py
index fcc7018..bdb10bc 100644
--- a/tests/test_summary.py
+++ b/tests/test_summary.py
@@ -1,3 +1,5 @@
+from decimal import Decimal
+
 from gridprint import Table, add_totals
 
 
@@ -11,3 +13,25 @@ def test_totals():
 def test_texts_count_as_nothing():
     table = Table(["item", "count"], [("pen", 2), ("ink", "n/a"), ("cap", None)])
     assert add_totals(table, ["count"], label="Sum").rows[-1] == ("Sum", 2)
+
+
+def total_of(*values):
+    return add_totals(Table(["x", "n"], [("r", value) for value in values]), ["n"]).rows[-1][1]
+
+
+def test_floats_are_added_exactly():
+    assert total_of(0.1, 0.2) == Decimal("0.3")
+    assert total_of(*[0.1] * 10) == Decimal("1.0")
+    assert total_of(1.005, 2, None, "n/a") == Decimal("3.005")
+
+
+def test_decimals_and_floats_may_be_mixed():
+    total = total_of(Decimal("1.10"), 0.2, 3)
+    assert total == Decimal("4.30")
+    assert isinstance(total, Decimal)
+
+
+def test_ints_stay_ints():
+    total = total_of(1, 2, 10**20)
+    assert total == 10**20 + 3
+    assert isinstance(total, int)
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_summary.py
