#!/bin/bash
set -uxo pipefail
cd /testbed
export PYTHONPATH=/testbed PYTHONDONTWRITEBYTECODE=1
git config --global --add safe.directory /testbed
git status
base=$(git rev-list --max-parents=0 HEAD)
git checkout "$base" -- test_inflection.py
git apply -v - <<'EOF_114329324912'
diff --git a/test_inflection.py b/test_inflection.py
index f01a394..30db6c2 100644
--- a/test_inflection.py
+++ b/test_inflection.py
@@ -33,9 +33,12 @@ SINGULAR_TO_PLURAL = (
 
     ("move", "moves"),
 
+    ("salesperson", "salespeople"),
     ("person", "people"),
 
+    ("spokesman", "spokesmen"),
     ("man", "men"),
+    ("woman", "women"),
 
     ("basis", "bases"),
     ("diagnosis", "diagnoses"),
@@ -46,6 +49,7 @@ SINGULAR_TO_PLURAL = (
     ("stadium", "stadia"),
     ("analysis", "analyses"),
 
+    ("node_child", "node_children"),
     ("child", "children"),
 
     ("experience", "experiences"),
EOF_114329324912
: '>>>>> Start Test Output'
python3 -m pytest -rA -p no:cacheprovider test_inflection.py
: '>>>>> End Test Output'
git checkout "$base" -- test_inflection.py
