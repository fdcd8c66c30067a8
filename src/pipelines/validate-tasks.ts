import type { TaskInstance } from "../domain/task-instance.ts";
import { isCurrent, type ValidationRow } from "../domain/validation-lock.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { SandboxProvider, SandboxSpec } from "../ports/sandbox.ts";
import type { TaskSource } from "../ports/task-source.ts";
import { computeDigest } from "./grader.ts";
import { GRADER_VERSION, gradePatch } from "./grade-trajectory.ts";

export interface ValidateOptions {
  readonly source: TaskSource;
  readonly instances: readonly TaskInstance[];
  readonly sandboxes: SandboxProvider;
  /** Gradings of the gold patch, and as many of no patch. Default 3. */
  readonly repeats?: number;
  /** Instances under way at once. */
  readonly concurrency: number;
  /** Rows of earlier validations; a valid one that still holds is taken instead of running its instance again. */
  readonly known?: readonly ValidationRow[];
  readonly signal: AbortSignal;
  /** Called once an instance, in the order they finish. */
  readonly onRow?: (row: ValidationRow) => void;
}

/**
 * Runs each instance as a policy would meet it: the gold patch must resolve it and the untouched tree must not, k of
 * k times; every test that must pass before must pass before; the history must be one commit. Rows come back in the
 * order of the instances. Rejects only when the signal aborts or a task file is wrong.
 */
export async function validateTasks(options: ValidateOptions): Promise<ValidationRow[]> {
  const rows: ValidationRow[] = [];
  const known = new Map(options.known?.map((row) => [row.instance_id, row]));
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < options.instances.length) {
      const index = next++;
      const instance = options.instances[index] as TaskInstance;
      const wanted = { digest: computeDigest(instance), grader: GRADER_VERSION, repeats: options.repeats ?? 3 };
      const older = known.get(instance.instance_id);
      const row = older && isCurrent(older, wanted) ? older : await validateInstance(options, instance);
      rows[index] = row;
      options.onRow?.(row);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, work));
  return rows;
}

async function validateInstance(options: ValidateOptions, instance: TaskInstance): Promise<ValidationRow> {
  const { sandboxes, signal } = options;
  const repeats = options.repeats ?? 3;
  const spec = await options.source.prepare(instance, signal);
  const problems = await checkHistory(options, instance, spec);
  const gold: Verdict[] = [];
  const empty: Verdict[] = [];
  for (let round = 0; round < repeats; round += 1) {
    gold.push(await gradePatch({ instance, modelPatch: instance.gold_patch, sandboxes, spec, signal }));
    empty.push(await gradePatch({ instance, modelPatch: "", sandboxes, spec, signal, runEmptyPatch: true }));
  }
  for (const verdict of gold)
    if (verdict.outcome !== "resolved") problems.push(`gold patch: ${explain(instance, verdict)}`);
  for (const verdict of empty) problems.push(...explainEmpty(instance, verdict));
  const times = gold.map((verdict) => verdict.duration_ms).sort((a, b) => a - b);
  return {
    instance_id: instance.instance_id,
    digest: computeDigest(instance),
    grader: GRADER_VERSION,
    gold_resolved: gold.filter((verdict) => verdict.outcome === "resolved").length,
    empty_unresolved: empty.filter((verdict) => verdict.outcome === "unresolved").length,
    repeats,
    problems: [...new Set(problems)],
    gold_ms: times[Math.floor(times.length / 2)] ?? 0,
  };
}

/** The tests that fail before the fix are exactly FAIL_TO_PASS, and they ran. */
function explainEmpty(instance: TaskInstance, verdict: Verdict): string[] {
  if (verdict.outcome !== "unresolved") return [`no patch: ${explain(instance, verdict)}`];
  if (verdict.reason !== "tests_failed") return [`no patch: ${verdict.reason}`];
  const passing = instance.FAIL_TO_PASS.filter((id) => verdict.tests[id] === "PASSED");
  const failing = instance.PASS_TO_PASS.filter((id) => verdict.tests[id] !== "PASSED" && verdict.tests[id] !== "XFAIL");
  return [
    ...passing.map((id) => `no patch: FAIL_TO_PASS ${id} passes`),
    ...failing.map((id) => `no patch: PASS_TO_PASS ${id} is ${verdict.tests[id]}`),
  ];
}

function explain(instance: TaskInstance, verdict: Verdict): string {
  if (verdict.outcome === "resolved") return "resolved";
  if (verdict.outcome === "invalid" || verdict.reason !== "tests_failed") return verdict.reason;
  const failed = [...instance.FAIL_TO_PASS, ...instance.PASS_TO_PASS].filter((id) => verdict.tests[id] !== "PASSED");
  return `${failed.length} tests do not pass, ${failed[0]} is ${verdict.tests[failed[0] as string]}`;
}

const HISTORY_COMMAND = [
  "export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null",
  "git() { command git -c safe.directory='*' \"$@\"; }",
  'echo "commits $(git rev-list --all --count)"',
  'echo "reflog $(git reflog --all 2>/dev/null | wc -l)"',
  'echo "remotes $(git remote | wc -l)"',
  'echo "tags $(git tag | wc -l)"',
  'echo "stash $(git stash list | wc -l)"',
  'echo "unreachable $(git fsck --unreachable --no-reflogs 2>/dev/null | wc -l)"',
  'echo "changes $(git status --porcelain | wc -l)"',
].join("\n");

/** The baseline that an agent sees: one commit, nothing to come, nothing changed. */
async function checkHistory(options: ValidateOptions, instance: TaskInstance, spec: SandboxSpec): Promise<string[]> {
  const { signal } = options;
  const sandbox = await options.sandboxes.open(spec, { signal, timeoutMs: 120_000 });
  try {
    const result = await sandbox.run(HISTORY_COMMAND, { signal, timeoutMs: 60_000 });
    const seen = result.stdout.text.trim().split("\n");
    const wanted = ["commits 1", "reflog 0", "remotes 0", "tags 0", "stash 0", "unreachable 0", "changes 0"];
    return wanted
      .filter((line, index) => line !== seen[index])
      .map((line) => {
        const found = seen.find((other) => other.startsWith(`${line.split(" ")[0]} `)) ?? "nothing";
        return `history of ${instance.instance_id}: ${found}, expected ${line}`;
      });
  } finally {
    await sandbox.close();
  }
}
