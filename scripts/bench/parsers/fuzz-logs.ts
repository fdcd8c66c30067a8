import { createRandom } from "../../../src/domain/random.ts";

const NAMES = [
  "tests/test_a.py::test_x",
  "tests/test_a.py::TestX::test_y[a b]",
  "tests/t.py::test[/usr/lib/x]",
  "tests/t.py::test[//x/*]",
  "t.py::test_p[1-é\u00a02]",
  "test_z (app.tests.TestCase)",
  "test_s",
  "[100%]",
  "[1]",
  "[12]",
  "[٣]",
  "sympy/core/tests/test_a.py:test_b",
  "a[b]c]d",
  "x]y[z",
];
const STATUSES = ["PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL", "XPASS", "PASSEDx", "FAILED:"];
const ENDINGS = [
  " ... ok",
  " ... OK",
  " ...  OK",
  " ... FAIL",
  " ... ERROR",
  " ... skipped 'no'",
  " ok",
  " E",
  " F",
  " ... ",
];
const NOISE = [
  "",
  " ",
  "ok",
  "\tok\r",
  "okay",
  "FAIL:",
  "FAIL: test_x (a.B)",
  "ERROR: test_y",
  "--version is equivalent to version",
  "Applying sites.0002_alter_domain_unique...test_no_migrations (x) ... ok",
  "test_q (a.B) ... Testing against Django installed in '/x' silenced).",
  "test_r (a.B) ... Internal Server Error: /a/b/",
  "test_t (a.B) ... System check identified no issues (0 silenced)",
  "____ sympy/a.py:test_c ____",
  "__ a b.py:c d __ e.py:f _",
  "\u001b[32mPASSED\u001b[0m tests/x.py::y",
  "[32mPASSED[0m tests/x.py::y",
  "MouseButton.LEFT",
  "\u2028PASSED x\u2029",
  "\u0085FAILED\u0085y\u001c",
  "\ufeffPASSED bom",
  "FAILED a::b - assert 1 == 2 - more",
  "SKIPPED [3] tests/x.py:4: no",
];

/** Logs of lines in the shapes that parsers look for, and near misses; the same seed gives the same logs. */
export function createFuzzLogs(count: number, seed: number): string[] {
  const random = createRandom(`fuzz-logs/${seed}`);
  const { pick } = random;
  const line = (): string => {
    switch (random.integer(7)) {
      case 0:
        return pick(NOISE);
      case 1:
        return `${pick(NAMES)}${pick(ENDINGS)}`;
      case 2:
        return `${pick(NAMES)} ${pick(STATUSES)}`;
      case 3:
        return `${pick(NAMES)} ${pick(STATUSES)} [ 10%]`;
      case 4:
        return `${pick(STATUSES)} ${pick(NAMES)} - ${pick(NOISE)} - ${pick(NAMES)}`;
      case 5:
        return `${pick(["", " ", "\t", "\u00a0"])}${pick(STATUSES)}${pick([" ", "\t", "\u2003", "\u001f"])}${pick(NAMES)}`;
      default:
        return `${pick(NAMES)} MouseButton.RIGHT ${pick(STATUSES)}`;
    }
  };
  return Array.from({ length: count }, () => Array.from({ length: random.integer(14) }, line).join("\n"));
}
