import type { TaskInstance } from "../../domain/task-instance.ts";
import { SandboxError } from "../../platform/errors.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import { loadAsset } from "./load-asset.ts";
import { quoteForShell } from "./plan-runner.ts";

const TIMEOUT_MS = 60_000;

/**
 * Makes the expectations of the FAIL_TO_PASS tests wrong, inside a sandbox where nothing of the patch has run yet.
 * Resolves to the ids that now must fail; none where the tests' form allows no change (no python 3.8, say).
 */
export async function perturbTests(sandbox: Sandbox, instance: TaskInstance, signal: AbortSignal): Promise<string[]> {
  const program = quoteForShell(await loadAsset("perturb.py"));
  const ids = instance.FAIL_TO_PASS.join("\n");
  const result = await sandbox.run(`exec env -i PATH="$PATH" python3 -S -s -B -c ${program}`, {
    signal,
    timeoutMs: TIMEOUT_MS,
    stdin: new TextEncoder().encode(ids),
    outputLimitBytes: 4 * ids.length + 4096,
  });
  if (result.status !== "exited" || result.exit_code !== 0) {
    const seen = result.stderr.text.trimEnd().split("\n").at(-1) ?? "";
    throw new SandboxError("SWERL_GRADER_PERTURB", `the tests of ${instance.instance_id} cannot be changed: ${seen}`);
  }
  return result.stdout.text.split("\n").filter((line) => line !== "");
}
