import { findLogParser } from "../../../src/domain/log-parsers/parse-log.ts";
import type { TaskInstance } from "../../../src/domain/task-instance.ts";
import { SandboxBrokenError, SandboxError } from "../../../src/platform/errors.ts";
import type { Sandbox, SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import type { Attack } from "./load-attacks.ts";

const TIMEOUT_MS = 60_000;

interface Box {
  readonly instance: TaskInstance;
  readonly spec: SandboxSpec;
  readonly sandboxes: SandboxProvider;
  readonly signal: AbortSignal;
}

/**
 * The baseline that many trainers ship: the agent's own sandbox is graded. The hidden tests are put in place, pytest
 * runs, its exit code is the reward.
 */
export async function gradeInPlace(attack: Attack, box: Box): Promise<boolean> {
  return withSandbox(box, async (sandbox) => {
    const options = { signal: box.signal, timeoutMs: TIMEOUT_MS };
    for (const step of attack.raw ? [] : attack.steps) {
      await sandbox.run(step, { ...options, timeoutMs: 10_000 });
    }
    await sandbox.run("cd /testbed; git checkout HEAD -- tests; git apply -", {
      ...options,
      stdin: new TextEncoder().encode(box.instance.test_patch),
    });
    const ran = await sandbox.run("cd /testbed; python3 -m pytest -q tests/test_calc.py", options);
    return ran.status === "exited" && ran.exit_code === 0;
  });
}

/**
 * The baseline of a fresh sandbox and a log: the patch is applied, eval.sh runs, what stands between its markers is
 * parsed, and a bad exit code without a failure in the log is refused (the rules of SWE-bench 5).
 */
export async function gradeByMarkers(modelPatch: string, box: Box): Promise<boolean> {
  if (modelPatch === "") return false;
  return withSandbox(box, async (sandbox) => {
    const options = { signal: box.signal, timeoutMs: TIMEOUT_MS };
    const stdin = new TextEncoder().encode(modelPatch);
    const applied = await sandbox.run("git apply - || patch --batch --forward --fuzz=5 -p1", { ...options, stdin });
    if (applied.exit_code !== 0) return false;
    await sandbox.run("git checkout HEAD -- tests", options);
    const script = box.instance.eval_script
      .replace(": '>>>>> Start", "echo '>>>>> Start")
      .replace(
        ": '>>>>> End Test Output'",
        "code=$?; echo '>>>>> End Test Output'; echo \">>>>> Test Exit Code: $code\"",
      );
    const ran = await sandbox.run(`bash -c '${script.replaceAll("'", "'\\''")}' 2>&1`, {
      ...options,
      outputLimitBytes: 4_000_000,
    });
    const log = ran.stdout.text;
    const section = log.split(">>>>> Start Test Output")[1]?.split(">>>>> End Test Output")[0];
    if (section === undefined || !log.includes(">>>>> End Test Output")) return false;
    const statuses = findLogParser(box.instance.log_parser)?.(section, "v5") ?? new Map<string, string>();
    const code = Number(/>>>>> Test Exit Code:\s*(-?\d+)/.exec(log)?.[1] ?? 0);
    if (code !== 0 && ![...statuses.values()].some((word) => word === "FAILED" || word === "ERROR")) return false;
    const ids = [...box.instance.FAIL_TO_PASS, ...box.instance.PASS_TO_PASS];
    return ids.every((id) => ["PASSED", "XFAIL"].includes(statuses.get(id) ?? ""));
  });
}

async function withSandbox(box: Box, judge: (sandbox: Sandbox) => Promise<boolean>): Promise<boolean> {
  const sandbox = await box.sandboxes.open(box.spec, { signal: box.signal, timeoutMs: 60_000 });
  try {
    return await judge(sandbox);
  } catch (error) {
    if (error instanceof SandboxError || error instanceof SandboxBrokenError) return false;
    throw error;
  } finally {
    await sandbox.close();
  }
}
