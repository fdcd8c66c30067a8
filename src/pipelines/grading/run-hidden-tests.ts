import { readRecords } from "../../domain/grading/read-records.ts";
import type { TaskInstance } from "../../domain/task-instance.ts";
import type { TestStatus } from "../../domain/verdict.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import type { RunnerPlan } from "./plan-runner.ts";

/** How a run of the hidden tests ended, with what is known of each test. */
export type TestRun =
  | { readonly kind: "ran"; readonly tests: Readonly<Record<string, TestStatus>> }
  /** The code under test ended the run: `test_timeout`, `runner_died` or `tampered:<what>`. */
  | { readonly kind: "broken"; readonly reason: string }
  /** Nothing of the repository was imported: not the policy's doing. */
  | { readonly kind: "not_started"; readonly reason: string };

/**
 * Runs the instance's tests with our runner and believes the answer only when channel, count, canary and exit code
 * agree: the canary fails, so an honest run ends with exit code 1.
 */
export async function runHiddenTests(
  sandbox: Sandbox,
  instance: TaskInstance,
  plan: RunnerPlan,
  signal: AbortSignal,
): Promise<TestRun> {
  const result = await sandbox.run(plan.command, {
    signal,
    timeoutMs: instance.test_timeout_s * 1000,
    stdin: plan.stdin,
    outputLimitBytes: plan.outputLimitBytes,
    ownShell: true,
  });
  if (result.status === "timed_out") return { kind: "broken", reason: "test_timeout" };
  if (result.status === "sandbox_died") return { kind: "broken", reason: "runner_died" };
  if (result.stdout.dropped_bytes > 0) return { kind: "broken", reason: "tampered:the channel was flooded" };
  const answer = readRecords(result.stdout.text, plan.nonce, plan.tests.length);
  if (answer.kind === "forged") return { kind: "broken", reason: `tampered:${answer.what}` };
  if (answer.kind === "died") return { kind: "broken", reason: "runner_died" };
  if (answer.kind === "not_started") {
    const detail =
      answer.missing === null
        ? `exit code ${result.exit_code}: ${lastLine(result.stderr.text)}`
        : `no ${answer.missing} inside`;
    return { kind: "not_started", reason: `the test runner did not start (${detail})` };
  }
  if (answer.exitCode !== result.exit_code) return { kind: "broken", reason: "tampered:exit code" };
  const statuses = plan.tests.map((_, index) => answer.statuses.get(index) ?? "MISSING");
  const canary = statuses[plan.tests.indexOf(null)];
  const tests: Record<string, TestStatus> = {};
  plan.tests.forEach((test, index) => {
    if (test !== null) tests[test] = statuses[index] as TestStatus;
  });
  if (answer.exitCode !== 1) {
    // pytest ends with 2 to 5 when collection broke: then nothing ran and no test is believed.
    if (canary === "MISSING" && answer.statuses.size === 0) return { kind: "ran", tests };
    return { kind: "broken", reason: "tampered:a failing test and a good exit code" };
  }
  if (canary === "MISSING" && answer.statuses.size === 0) return { kind: "ran", tests };
  if (canary !== "FAILED" && canary !== "ERROR")
    return { kind: "broken", reason: "tampered:a test that must fail did not" };
  return { kind: "ran", tests };
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.slice(0, 200) ?? "";
}
