import { type Variant, type VariantRun, variantRunSchema } from "../../domain/task-making/variant-run.ts";
import { SandboxError } from "../../platform/errors.ts";
import type { Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { loadProgram } from "../grading/load-program.ts";
import { quoteForShell, TEST_ENVIRONMENT } from "../grading/plan-runner.ts";

const OUTPUT_LIMIT_BYTES = 128 * 1024 * 1024;
const START_MS = 120_000;

export interface VariantOptions {
  readonly sandboxes: SandboxProvider;
  readonly spec: SandboxSpec;
  readonly signal: AbortSignal;
}

/**
 * Runs variants in fresh sandboxes and answers for every one, in their order. What takes its sandbox down counts as
 * `died`, and the others go on in another one. Rejects with SandboxError when nothing can run.
 */
export async function runVariants(options: VariantOptions, variants: readonly Variant[]): Promise<VariantRun[]> {
  const runs: VariantRun[] = [];
  while (runs.length < variants.length) {
    const left = variants.slice(runs.length);
    const sandbox = await options.sandboxes.open(options.spec, { signal: options.signal, timeoutMs: START_MS });
    try {
      runs.push(...(await runVariantsIn(sandbox, options, left)));
    } finally {
      await sandbox.close();
    }
    const next = variants[runs.length];
    if (next !== undefined) runs.push(createDeadRun(next));
  }
  return runs;
}

/** Runs variants in a sandbox that is open; fewer answers than variants when one of them ended the run. */
export async function runVariantsIn(
  sandbox: Sandbox,
  { spec, signal }: Pick<VariantOptions, "spec" | "signal">,
  variants: readonly Variant[],
): Promise<VariantRun[]> {
  const frame = { workdir: spec.workdir, python_path: spec.env["PYTHONPATH"] ?? spec.workdir, variants };
  const memory = { ...frame, memory_bytes: spec.limits.memoryBytes };
  const program = quoteForShell(await loadProgram("grading/pytest_words.py", "synthesis/run_variants.py"));
  const result = await sandbox.run(`exec env -i ${TEST_ENVIRONMENT} python3 -s -B -c ${program}`, {
    signal,
    timeoutMs: START_MS + variants.reduce((total, variant) => total + variant.wall_s * 1000, 0),
    stdin: new TextEncoder().encode(JSON.stringify(memory)),
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
  });
  const lines = result.stdout.text.split("\n").slice(0, -1);
  if (lines[0]?.includes('"missing"') === true) {
    throw new SandboxError("SWERL_TASKS_NO_PYTEST", "python3 inside the sandbox has no pytest", {
      hint: "install pytest for the python3 on PATH: `python3 -m pip install pytest`",
    });
  }
  if (lines.length === 0 && result.status === "exited" && result.exit_code !== 0) {
    const said = result.stderr.text.trimEnd().split("\n").at(-1) ?? "";
    throw new SandboxError("SWERL_TASKS_RUNNER", `the tests could not be started: ${said}`, {
      hint: "run `swerl doctor`; python 3.8 or later is needed inside the sandbox",
    });
  }
  return lines.map((line) => variantRunSchema.parse(JSON.parse(line)));
}

function createDeadRun(variant: Variant): VariantRun {
  return { id: variant.id, status: "died", tests: {}, failures: [], errors: [], seconds: {}, failed: [] };
}
