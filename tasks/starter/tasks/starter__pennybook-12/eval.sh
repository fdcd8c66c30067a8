#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed/src PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- tests/test_money.py
git apply -v - <<'EOF_114329324912'
diff --git a/tests/test_money.py b/tests/test_money.py
index da272c4..10683d8 100644
--- a/tests/test_money.py
+++ b/tests/test_money.py
@@ -50,3 +50,17 @@ def test_allocate_by_weight():
 def test_allocate_refuses_bad_weights():
     with pytest.raises(MoneyError):
         Money(100, "EUR").allocate([0, 0])
+
+
+def test_allocate_negative_amount_keeps_every_unit():
+    shares = Money(-1000, "EUR").allocate([1, 1, 1])
+    assert [share.units for share in shares] == [-334, -333, -333]
+
+
+@pytest.mark.parametrize("units", [1, 5, 99, 100, 101, 12345], ids=str)
+def test_allocate_of_the_opposite_is_the_opposite(units):
+    weights = [0, 2, 3, 2]
+    split = Money(units, "EUR").allocate(weights)
+    mirrored = Money(-units, "EUR").allocate(weights)
+    assert sum(share.units for share in mirrored) == -units
+    assert mirrored == [-share for share in split]
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider tests
: '>>>>> End Test Output'
git checkout "$base" -- tests/test_money.py
