import { randomInt } from "node:crypto";

import { listPaths, parsePatch } from "../../domain/patch/parse-patch.ts";
import type { TaskInstance } from "../../domain/task-instance.ts";
import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions, CommandResult, Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { applyPatch, GIT } from "./apply-patches.ts";
import { loadProgram } from "./load-program.ts";
import { quoteForShell } from "./plan-runner.ts";

const CALL_TIMEOUT_MS = 60_000;
const PATCH_LIMIT_BYTES = 32 * 1024 * 1024;
/** Test files that shadow runs change at most. */
const MAX_FILES = 20;

/** Hidden tests of which some expect what is wrong. */
export interface ShadowTests {
  /** Takes the place of the instance's test patch. */
  readonly testPatch: string;
  /** Ids that right code must fail, and others of those that some shadow run changes, which it must still pass. */
  readonly mustFail: readonly string[];
  readonly mustPass: readonly string[];
}

export interface ShadowOptions {
  readonly instance: TaskInstance;
  readonly sandboxes: SandboxProvider;
  readonly spec: SandboxSpec;
  /** PASS_TO_PASS ids that passed in the first run. */
  readonly passing: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Makes test patches whose expectations are wrong, in a sandbox of its own that no code of the policy ever enters:
 * a run with one of them looks from inside like a run with the instance's own. With two or more FAIL_TO_PASS tests
 * there are two patches, each changing a random part of them and leaving the rest, in random order; so code that
 * knows which run it is in knows nothing yet. PASS_TO_PASS tests are changed too, where their form makes it certain
 * that right code fails then: or results could be forged for what a patch breaks. Resolves to [] where the tests' form allows no change (python before
 * 3.8, tests that are not python). Rejects with SandboxError.
 */
export async function createShadows(options: ShadowOptions): Promise<ShadowTests[]> {
  const { instance, signal } = options;
  const call = { signal, timeoutMs: CALL_TIMEOUT_MS };
  const sandbox = await options.sandboxes.open(options.spec, { signal, timeoutMs: 2 * CALL_TIMEOUT_MS });
  try {
    const passing = keepFiles(instance, options.passing);
    const paths = [
      ...new Set([
        ...parsePatch(instance.test_patch).flatMap(listPaths),
        ...[...instance.FAIL_TO_PASS, ...passing].flatMap(nameFile),
      ]),
    ];
    if (!(await applyPatch(sandbox, instance.test_patch, call))) {
      throw explain(instance, "their patch does not apply to the tree");
    }
    const quoted = paths.map(quoteForShell).join(" ");
    const existing = `set --; for f in ${quoted}; do [ ! -e "$f" ] || set -- "$@" "$f"; done`;
    await mustRun(sandbox, `${existing}; ${GIT} add -f -- "$@"`, instance, call);
    const shadows: ShadowTests[] = [];
    const parts = splitAtRandom(instance.FAIL_TO_PASS);
    const more = scatter(instance, passing, parts.length);
    for (const [index, chosen] of parts.entries()) {
      const choice = { paths, chosen, more: more[index] as string[], passing };
      const shadow = await perturb(sandbox, instance, choice, call);
      if (shadow.mustFail.length > 0) shadows.push(shadow);
    }
    const changed = new Set(shadows.flatMap((shadow) => shadow.mustFail));
    return shadows.map((shadow) => ({ ...shadow, mustPass: shadow.mustPass.filter((id) => changed.has(id)) }));
  } finally {
    await sandbox.close();
  }
}

/** One part of all where there is one function, two random ones that hold all otherwise; a function is never split. */
function splitAtRandom(ids: readonly string[]): string[][] {
  const functions = [...new Set(ids.map(nameFunction))];
  for (let place = functions.length - 1; place > 0; place -= 1) {
    const other = randomInt(place + 1);
    [functions[place], functions[other]] = [functions[other] as string, functions[place] as string];
  }
  const cut = functions.length < 2 ? functions.length : randomInt(1, functions.length);
  const parts = [functions.slice(0, cut), functions.slice(cut)].filter((part) => part.length > 0);
  return parts.map((part) => ids.filter((id) => part.includes(nameFunction(id))));
}

/** A test id without its parameters. */
function nameFunction(id: string): string {
  return id.replace(/\[.*$/s, "");
}

function nameFile(id: string): string[] {
  return id.includes("::") ? [id.split("::")[0] as string] : [];
}

/** Of tests that should go on passing, those in the files of the tests that were mended and a few other files. */
function keepFiles(instance: TaskInstance, ids: readonly string[]): string[] {
  const files = new Set([...instance.FAIL_TO_PASS, ...ids].flatMap(nameFile));
  const kept = new Set([...files].slice(0, MAX_FILES));
  return ids.filter((id) => nameFile(id).every((file) => kept.has(file)));
}

/** Tests that should go on passing, each function in one of the parts; none that shares its function with a mended one. */
function scatter(instance: TaskInstance, passing: readonly string[], parts: number): string[][] {
  const mended = new Set(instance.FAIL_TO_PASS.map(nameFunction));
  const places = new Map(passing.map((id) => [nameFunction(id), randomInt(Math.max(1, parts))]));
  return Array.from({ length: parts }, (_, part) =>
    passing.filter((id) => !mended.has(nameFunction(id)) && places.get(nameFunction(id)) === part),
  );
}

interface Choice {
  readonly paths: readonly string[];
  /** FAIL_TO_PASS ids to make wrong. */
  readonly chosen: readonly string[];
  /** PASS_TO_PASS ids to make wrong where that is certain. */
  readonly more: readonly string[];
  readonly passing: readonly string[];
}

/** Changes the chosen tests, reads the patch that is their difference to the tree, and puts them back. */
async function perturb(
  sandbox: Sandbox,
  instance: TaskInstance,
  { paths, chosen, more, passing }: Choice,
  call: CallOptions,
): Promise<ShadowTests> {
  const taken = new Set([...chosen, ...more]);
  const others = [...instance.FAIL_TO_PASS, ...passing].filter((id) => !taken.has(id));
  const files = paths.filter((path) => path.endsWith(".py")).map((path) => `file ${path}`);
  const rows = [
    ...files,
    ...chosen.map((id) => `+${id}`),
    ...more.map((id) => `*${id}`),
    ...others.map((id) => `-${id}`),
  ];
  const program = quoteForShell(await loadProgram("grading/perturb_expectations.py", "grading/perturb.py"));
  const stdin = new TextEncoder().encode(rows.join("\n"));
  const quoted = paths.map(quoteForShell).join(" ");
  const command = [
    `env -i PATH="$PATH" python3 -S -s -B -c ${program}`,
    "echo",
    `${GIT} -c core.quotePath=false diff --binary --no-ext-diff --no-renames --no-color HEAD -- ${quoted}`,
    `${GIT} ls-files -z -- ${quoted} | ${GIT} checkout-index -f -z --stdin`,
  ].join(" && ");
  const text = await mustRun(sandbox, command, instance, call, stdin);
  const end = text.startsWith("\n") ? 0 : text.indexOf("\n\n") + 1;
  const answer = new Set(text.slice(0, end).split("\n"));
  return {
    testPatch: text.slice(end + 1),
    mustFail: [...chosen, ...more].filter((id) => answer.has(`+${id}`)),
    mustPass: others.filter((id) => !answer.has(`?${id}`)),
  };
}

async function mustRun(
  sandbox: Sandbox,
  command: string,
  instance: TaskInstance,
  call: CallOptions,
  stdin?: Uint8Array,
): Promise<string> {
  const given = stdin === undefined ? {} : { stdin };
  const result: CommandResult = await sandbox.run(command, {
    ...call,
    ...given,
    outputLimitBytes: PATCH_LIMIT_BYTES,
    ownShell: true,
  });
  if (result.status === "exited" && result.exit_code === 0 && result.stdout.dropped_bytes === 0)
    return result.stdout.text;
  throw explain(instance, result.stderr.text.trimEnd().split("\n").at(-1) ?? result.status);
}

function explain(instance: TaskInstance, problem: string): SandboxError {
  return new SandboxError("SWERL_GRADER_PERTURB", `the tests of ${instance.instance_id} cannot be changed: ${problem}`);
}
