import { randomBytes, randomInt } from "node:crypto";
import { posix } from "node:path";

import type { TaskInstance } from "../../domain/task-instance.ts";

/** Everything one run of our test runner needs, drawn anew for each run. */
export interface RunnerPlan {
  /** Names each record; 128 random bits. */
  readonly nonce: string;
  /** Files to write before the run, by absolute path. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  readonly command: string;
  readonly stdin: Uint8Array;
  /** The instance's test ids in the order of their record numbers; null is the must-fail canary. */
  readonly tests: readonly (string | null)[];
  readonly outputLimitBytes: number;
}

/** Environment of the tests: nothing of the sandbox's own but PATH. */
const ENVIRONMENT = [
  'PATH="$PATH"',
  "HOME=/tmp",
  "LANG=C.UTF-8",
  "TZ=UTC",
  "PYTHONHASHSEED=0",
  "PYTHONDONTWRITEBYTECODE=1",
  "PYTHONNOUSERSITE=1",
  "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1",
].join(" ");

/**
 * Plans a run of the instance's tests with one canary among them: a test of ours, in a file beside the first hidden
 * one, that must fail. Whatever turns failures into passes turns the canary green.
 * @param runner Text of the runner for the instance's `test_runner`.
 */
export function planRunner(instance: TaskInstance, runner: string): RunnerPlan {
  const nonce = randomBytes(16).toString("hex");
  const folder = `/tmp/run-${randomBytes(8).toString("hex")}`;
  const ids = [...instance.FAIL_TO_PASS, ...instance.PASS_TO_PASS];
  const canary = createCanary(ids[0] as string);
  const tests: (string | null)[] = [...ids];
  tests.splice(randomInt(tests.length + 1), 0, null);
  const pythonPath = instance.python_path.map((path) => posix.join(instance.workdir, path)).join(":");
  const frame = [nonce, instance.workdir, pythonPath, ...tests.map((test) => test ?? canary.id)];
  const flags = instance.test_runner === "functions" ? "-S -s -B" : "-s -B";
  return {
    nonce,
    files: [
      { path: `${folder}/runner.py`, content: encode(runner) },
      { path: posix.join(instance.workdir, canary.path), content: encode(canary.source) },
    ],
    command: `exec env -i ${ENVIRONMENT} python3 ${flags} ${folder}/runner.py`,
    stdin: encode(frame.join("\n")),
    tests,
    outputLimitBytes: 2 * (4096 + 128 * tests.length),
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

interface Canary {
  readonly id: string;
  readonly path: string;
  readonly source: string;
}

/** A must-fail test that looks like its neighbours. */
function createCanary(neighbour: string): Canary {
  const path = neighbour.split("::")[0] as string;
  const stem = path.replace(/\.py$/, "");
  const ending = ["more", "extra", "again", "others"][randomInt(4)];
  const like = (neighbour.split("::").at(-1) as string).replace(/\W.*$/s, "");
  const name = `${like.startsWith("test") ? like : "test_values"}_${ending}`;
  const [a, b] = [randomInt(2, 60), randomInt(2, 60)];
  const file = `${stem}_${ending}.py`;
  const source = `def ${name}():\n    values = [${a}, ${b}]\n    assert sum(values) == ${a + b + 1}\n`;
  return { id: `${file}::${name}`, path: file, source };
}
