import { createRandom } from "../random.ts";
import type { TaskInstance } from "../task-instance.ts";
import type { DrillSplit } from "./drill-names.ts";
import { createDrillProblem, type DrillProblem, renderLiteral } from "./drill-problem.ts";

const TEST_PATH = "tests/test_drill.py";
const CONTEXT_LINES = 3;

/** The first `count` instances of a split; the same seed gives the same instances on every machine. */
export function createDrillInstances(split: DrillSplit, count: number, seed: number): TaskInstance[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `drill-${split}-${seed}-${String(index).padStart(4, "0")}`;
    return renderDrillInstance(id, split, createDrillProblem(split, createRandom(id)));
  });
}

/** A drill problem as a task instance in the shape of SWE-bench. */
export function renderDrillInstance(id: string, split: DrillSplit, problem: DrillProblem): TaskInstance {
  const failing = new Set([problem.broken, problem.reported]);
  const tests = problem.functions.map((entry) => ({
    id: `${TEST_PATH}::test_${entry.function.name}`,
    fails: failing.has(entry.function),
  }));
  const testPatch = renderNewFilePatch(TEST_PATH, renderTests(problem));
  return {
    instance_id: id,
    repo: "swerl/drill",
    version: "1",
    base_commit: "0".repeat(40),
    split,
    image: null,
    source: { kind: "files", files: { ...problem.files } },
    workdir: "/testbed",
    problem_statement: problem.issue,
    gold_patch: renderLinePatch(problem),
    test_patch: testPatch,
    FAIL_TO_PASS: tests.filter((test) => test.fails).map((test) => test.id),
    PASS_TO_PASS: tests.filter((test) => !test.fails).map((test) => test.id),
    test_runner: "functions",
    log_parser: "parse_log_pytest_v2",
    eval_type: "pass_and_fail",
    eval_script: renderEvalScript(testPatch),
    python_path: ["."],
    test_timeout_s: 10,
  };
}

function renderTests(problem: DrillProblem): string {
  const imports = problem.functions.map((entry) => `from ${entry.path.slice(0, -3)} import ${entry.function.name}`);
  const tests = problem.functions.flatMap(({ function: made }) => [
    "",
    "",
    `def test_${made.name}():`,
    ...made.cases.map((args) => {
      const value = renderLiteral(made.evaluate(args));
      const operator = value === "True" || value === "False" ? "is" : "==";
      return `    assert ${made.name}(${args.map(renderLiteral).join(", ")}) ${operator} ${value}`;
    }),
  ]);
  return `${[...imports, ...tests].join("\n")}\n`;
}

/** The gold patch: one line of one file back to what is right. */
function renderLinePatch(problem: DrillProblem): string {
  const lines = (problem.files[problem.brokenPath] as string).split("\n").slice(0, -1);
  const index = problem.line - 1;
  const first = Math.max(0, index - CONTEXT_LINES);
  const last = Math.min(lines.length, index + 1 + CONTEXT_LINES);
  const size = last - first;
  return [
    `diff --git a/${problem.brokenPath} b/${problem.brokenPath}`,
    `--- a/${problem.brokenPath}`,
    `+++ b/${problem.brokenPath}`,
    `@@ -${first + 1},${size} +${first + 1},${size} @@`,
    ...lines.slice(first, index).map((line) => ` ${line}`),
    `-${problem.wrongLine}`,
    `+${problem.rightLine}`,
    ...lines.slice(index + 1, last).map((line) => ` ${line}`),
    "",
  ].join("\n");
}

function renderNewFilePatch(path: string, text: string): string {
  const lines = text.split("\n").slice(0, -1);
  return [
    `diff --git a/${path} b/${path}`,
    "new file mode 100644",
    "--- /dev/null",
    `+++ b/${path}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map((line) => `+${line}`),
    "",
  ].join("\n");
}

/** eval.sh in the form of SWE-bench v5, for harnesses that run it; swerl's own runner does not need it. */
function renderEvalScript(testPatch: string): string {
  return [
    "#!/bin/bash",
    "set -uxo pipefail",
    "cd /testbed",
    `rm -f ${TEST_PATH}`,
    "git apply -v - <<'EOF_114329324912'",
    `${testPatch}EOF_114329324912`,
    ": '>>>>> Start Test Output'",
    `python3 -m pytest -rA ${TEST_PATH}`,
    ": '>>>>> End Test Output'",
    `rm -f ${TEST_PATH}`,
    "",
  ].join("\n");
}
