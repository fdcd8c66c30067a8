import { findPatchSuspicions } from "../domain/grading/find-suspicions.ts";
import { applyPathPolicy, type DroppedSection, findProtectedPaths } from "../domain/grading/path-policy.ts";
import { parsePatch, PatchSyntaxError } from "../domain/patch/parse-patch.ts";
import { renderPatch } from "../domain/patch/render-patch.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { TestStatus, Verdict } from "../domain/verdict.ts";
import { SandboxBrokenError, SandboxError } from "../platform/errors.ts";
import type { ExternalLogParser } from "../ports/external-log-parser.ts";
import type { Sandbox, SandboxProvider, SandboxSpec } from "../ports/sandbox.ts";
import { applyAtOnce, applyPatch } from "./grading/apply-patches.ts";
import { createShadows, type ShadowTests } from "./grading/create-shadows.ts";
import { loadProgram } from "./grading/load-program.ts";
import { planRunner } from "./grading/plan-runner.ts";
import { holdsTestPatch, runEvalScript } from "./grading/run-eval-script.ts";
import { runHiddenTests, type TestRun } from "./grading/run-hidden-tests.ts";

/** Part of every stored verdict's meaning; it changes when an answer may. */
export const GRADER_VERSION = "swerl.grader/3";

/** Files of `assets` that make each test runner. */
const RUNNERS = {
  functions: ["grading/functions_runner.py"],
  pytest: ["grading/pytest_words.py", "grading/pytest_runner.py"],
} as const;
const OPEN_TIMEOUT_MS = 120_000;
const APPLY_TIMEOUT_MS = 60_000;

export interface GradeOptions {
  readonly instance: TaskInstance;
  /** Unified diff relative to the broken tree. */
  readonly modelPatch: string;
  readonly sandboxes: SandboxProvider;
  readonly spec: SandboxSpec;
  readonly signal: AbortSignal;
  /** Grade an empty patch by running the tests (task validation); otherwise it is unresolved at once. */
  readonly runEmptyPatch?: boolean;
  /** Reads the logs of instances whose log parser is `external:NAME`. */
  readonly externalParser?: ExternalLogParser | null;
}

/**
 * Grades a patch in a fresh sandbox: what steers the tests is dropped from it, it is applied, the hidden tests come
 * in, our runner runs them. A would-be success runs again with some expectations made wrong, which must then fail,
 * and with the others.
 * Whatever the patch can cause is `unresolved`; only what happened before any of its code ran is infrastructure,
 * tried twice and then `invalid`. Rejects only when the signal aborts.
 */
export async function gradePatch(options: GradeOptions): Promise<Verdict> {
  const startedAt = performance.now();
  const finish = (verdict: Undated): Verdict => ({ ...verdict, duration_ms: performance.now() - startedAt });
  if (options.modelPatch.trim() === "" && options.runEmptyPatch !== true) {
    return finish({ outcome: "unresolved", reason: "empty_patch", tests: missingTests(options.instance) });
  }
  const prepared = preparePatch(options.instance, options.modelPatch);
  if (prepared === null) {
    return finish({ outcome: "unresolved", reason: "patch_does_not_apply", tests: missingTests(options.instance) });
  }
  const run = (testPatch: string): Promise<Attempt> => runTwice(options, prepared.patch, testPatch);
  const first = await run(options.instance.test_patch);
  const flags = [
    ...prepared.dropped.map((section) => `dropped:${section.path} (${section.reason})`),
    ...findPatchSuspicions(options.modelPatch, options.instance.gold_patch),
  ];
  if (first.kind === "infra") return finish({ outcome: "invalid", reason: first.reason });
  const tests = first.kind === "ran" ? first.tests : missingTests(options.instance);
  const answer = (verdict: Undated, ...more: string[]): Verdict => {
    const all = [...flags, ...more];
    return finish(verdict.outcome === "invalid" || all.length === 0 ? verdict : { ...verdict, flags: all });
  };
  if (first.kind === "broken") return answer({ outcome: "unresolved", reason: first.reason, tests });
  if (!isResolved(options.instance, tests)) return answer({ outcome: "unresolved", reason: "tests_failed", tests });
  const shadows = await createShadowsTwice(options, tests);
  if (!Array.isArray(shadows)) return answer({ outcome: "invalid", reason: shadows.reason });
  for (const shadow of shadows) {
    const ran = await run(shadow.testPatch);
    if (ran.kind === "infra") return answer({ outcome: "invalid", reason: `shadow run: ${ran.reason}` });
    const doubt = ran.kind === "broken" ? `shadow run: ${ran.reason}` : findDoubt(shadow, ran.tests);
    if (doubt !== null) return answer({ outcome: "unresolved", reason: doubt, tests });
  }
  return answer({ outcome: "resolved", tests }, ...(shadows.length === 0 ? ["no_shadow_run"] : []));
}

/** Why a shadow run speaks against a success; null when it does not. */
function findDoubt(shadow: ShadowTests, tests: Readonly<Record<string, TestStatus>>): string | null {
  const believed = shadow.mustFail.find((id) => isPass(tests[id]));
  if (believed !== undefined) return `tampered:${believed} passes with a wrong expectation`;
  const lost = shadow.mustPass.find((id) => !isPass(tests[id]));
  return lost === undefined ? null : `tampered:${lost} passes only where nothing else fails`;
}

/** Shadow tests of the instance, or of [] where its own script does not hold the test patch that they replace. */
async function createShadowsTwice(
  options: GradeOptions,
  tests: Readonly<Record<string, TestStatus>>,
): Promise<ShadowTests[] | { readonly reason: string }> {
  const { instance } = options;
  const passing = instance.PASS_TO_PASS.filter((id) => tests[id] === "PASSED");
  if (instance.test_runner === "eval_script" && !holdsTestPatch(instance)) return [];
  for (let attempt = 0; ; attempt++) {
    options.signal.throwIfAborted();
    try {
      return await createShadows({ ...options, passing });
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof SandboxError)) throw error;
      if (attempt > 0) return { reason: `shadow tests: ${error.code}: ${error.message}` };
    }
  }
}

type Undated = Verdict extends infer V ? (V extends Verdict ? Omit<V, "duration_ms"> : never) : never;

interface PreparedPatch {
  readonly patch: string;
  readonly dropped: readonly DroppedSection[];
}

/** The model patch without the sections that the path policy drops; null when it is no patch. */
function preparePatch(instance: TaskInstance, modelPatch: string): PreparedPatch | null {
  const guarded = findProtectedPaths(instance, parsePatch(instance.test_patch), parsePatch(instance.gold_patch));
  try {
    const decision = applyPathPolicy(parsePatch(modelPatch), guarded);
    return { patch: renderPatch(decision.kept), dropped: decision.dropped };
  } catch (error) {
    if (error instanceof PatchSyntaxError) return null;
    throw error;
  }
}

type Attempt =
  | { readonly kind: "ran"; readonly tests: Readonly<Record<string, TestStatus>> }
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "infra"; readonly reason: string };

/** One more try, in a fresh sandbox, for infrastructure and for a run that died without a reason of its own. */
async function runTwice(options: GradeOptions, patch: string, testPatch: string): Promise<Attempt> {
  const first = await runOnce(options, patch, testPatch);
  const isDoubtful = first.kind === "infra" || (first.kind === "broken" && first.reason === "runner_died");
  return isDoubtful ? runOnce(options, patch, testPatch) : first;
}

async function runOnce(options: GradeOptions, patch: string, testPatch: string): Promise<Attempt> {
  options.signal.throwIfAborted();
  let sandbox: Sandbox | null = null;
  try {
    sandbox = await options.sandboxes.open(options.spec, { signal: options.signal, timeoutMs: OPEN_TIMEOUT_MS });
    return await runIn(sandbox, options, patch, testPatch);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof SandboxBrokenError) return { kind: "broken", reason: "runner_died" };
    if (error instanceof SandboxError) return { kind: "infra", reason: `${error.code}: ${error.message}` };
    throw error;
  } finally {
    await sandbox?.close();
  }
}

async function runIn(sandbox: Sandbox, options: GradeOptions, patch: string, testPatch: string): Promise<Attempt> {
  const { instance, signal } = options;
  const call = { signal, timeoutMs: APPLY_TIMEOUT_MS };
  if (instance.test_runner === "eval_script") {
    if (!(await applyPatch(sandbox, patch, call))) return { kind: "broken", reason: "patch_does_not_apply" };
    return fromRun(await runEvalScript(sandbox, instance, testPatch, signal, options.externalParser ?? null));
  }
  const plan = planRunner(instance, await loadProgram(...RUNNERS[instance.test_runner]));
  const hidden = joinPatches(testPatch, plan.canaryPatch);
  if (!(await applyAtOnce(sandbox, joinPatches(patch, hidden), call))) {
    if (!(await applyPatch(sandbox, patch, call))) return { kind: "broken", reason: "patch_does_not_apply" };
    if (!(await applyPatch(sandbox, hidden, call))) return explainTestPatch(options, patch);
  }
  return fromRun(await runHiddenTests(sandbox, instance, plan, signal));
}

function joinPatches(first: string, second: string): string {
  return first === "" || first.endsWith("\n") ? first + second : `${first}\n${second}`;
}

function fromRun(run: TestRun): Attempt {
  return run.kind === "not_started" ? { kind: "infra", reason: run.reason } : run;
}

/** The test patch fits the tree it was made for; if it does not fit now, the model patch is in its way. */
function explainTestPatch(options: GradeOptions, patch: string): Attempt {
  const reason = `the test patch of ${options.instance.instance_id} does not apply`;
  return patch === ""
    ? { kind: "infra", reason }
    : { kind: "broken", reason: "tampered:the hidden tests do not fit any more" };
}

/** Every FAIL_TO_PASS and PASS_TO_PASS test passed; a missing or skipped one did not. */
function isResolved(instance: TaskInstance, tests: Readonly<Record<string, TestStatus>>): boolean {
  return [...instance.FAIL_TO_PASS, ...instance.PASS_TO_PASS].every((id) => isPass(tests[id]));
}

function isPass(status: TestStatus | undefined): boolean {
  return status === "PASSED" || status === "XFAIL";
}

function missingTests(instance: TaskInstance): Record<string, TestStatus> {
  return Object.fromEntries([...instance.FAIL_TO_PASS, ...instance.PASS_TO_PASS].map((id) => [id, "MISSING"]));
}
