import type { TaskInstance } from "../../../src/domain/task-instance.ts";

const VISIBLE = `from calc import add, mul


def test_mul():
    assert mul(3, 4) == 12


def test_add_zero():
    assert add(4, 0) == 4
    assert add(7, 0) == 7
`;

const HIDDEN = `
def test_add():
    total = add(2, 3)
    assert total == 5
    assert add(2, 3) == 5


def test_add_negative():
    assert add(-4, 1) == -3
    assert add(10, 20) == 30
`;

/**
 * The task that every scripted agent faces: `add` subtracts, two hidden tests show it, two visible ones do not.
 * @param image Container image to run in; null = the host's tools.
 */
export function createToyTask(runner: "pytest" | "functions", image: string | null): TaskInstance {
  const id = `toy-${runner}${image === null ? "" : "-image"}`;
  const hidden = HIDDEN.split("\n").slice(0, -1);
  const visible = VISIBLE.split("\n").slice(0, -1);
  const testPatch = [
    "diff --git a/tests/test_calc.py b/tests/test_calc.py",
    "--- a/tests/test_calc.py",
    "+++ b/tests/test_calc.py",
    `@@ -${visible.length - 2},3 +${visible.length - 2},${3 + hidden.length + 1} @@`,
    ...visible.slice(-3).map((line) => ` ${line}`),
    "+",
    ...hidden.map((line) => `+${line}`),
    "",
  ].join("\n");
  return {
    instance_id: id,
    repo: "toy/calc",
    version: "1",
    base_commit: "0".repeat(40),
    split: "test",
    image,
    source: {
      kind: "files",
      files: {
        "README.md": "calc: two functions.\n",
        "calc/__init__.py": "from calc.core import add, mul\n",
        "calc/core.py": "def add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b\n",
        "tests/test_calc.py": VISIBLE,
      },
    },
    workdir: "/testbed",
    problem_statement: "add(2, 3) gives -1, I expected 5.",
    gold_patch: [
      "diff --git a/calc/core.py b/calc/core.py",
      "--- a/calc/core.py",
      "+++ b/calc/core.py",
      "@@ -1,3 +1,3 @@",
      " def add(a, b):",
      "-    return a - b",
      "+    return a + b",
      " ",
      "",
    ].join("\n"),
    test_patch: testPatch,
    FAIL_TO_PASS: ["tests/test_calc.py::test_add", "tests/test_calc.py::test_add_negative"],
    PASS_TO_PASS: ["tests/test_calc.py::test_add_zero", "tests/test_calc.py::test_mul"],
    test_runner: runner,
    log_parser: "parse_log_pytest_v2",
    eval_type: "pass_and_fail",
    eval_script: [
      "cd /testbed",
      "git apply -v - <<'EOF_114329324912'",
      `${testPatch}EOF_114329324912`,
      ": '>>>>> Start Test Output'",
      "python3 -m pytest -rA -p no:cacheprovider tests/test_calc.py",
      ": '>>>>> End Test Output'",
      "",
    ].join("\n"),
    python_path: ["."],
    test_timeout_s: 20,
  };
}
