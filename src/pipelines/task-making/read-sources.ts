import { type PlantedBug, plantedBugSchema } from "../../domain/task-making/planted-bug.ts";
import {
  type TestSourceAnswer,
  testSourceAnswerSchema,
  type TestSourceRequest,
} from "../../domain/task-making/test-excerpt.ts";
import { SandboxError } from "../../platform/errors.ts";
import type { Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { loadProgram } from "../grading/load-program.ts";
import { quoteForShell } from "../grading/plan-runner.ts";

const OPEN_MS = 120_000;
const TIMEOUT_MS = 300_000;
const OUTPUT_LIMIT_BYTES = 128 * 1024 * 1024;

/** Where a sandbox opens. */
export interface SandboxPlace {
  readonly sandboxes: SandboxProvider;
  readonly spec: SandboxSpec;
  readonly signal: AbortSignal;
}

/** Opens a sandbox for one use. */
export async function withSandbox<T>(place: SandboxPlace, use: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const sandbox = await place.sandboxes.open(place.spec, { signal: place.signal, timeoutMs: OPEN_MS });
  try {
    return await use(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** Texts of files by path; the empty text for what is no regular file. */
export async function readFiles(place: SandboxPlace, paths: readonly string[]): Promise<Map<string, string>> {
  const call = { signal: place.signal, timeoutMs: OPEN_MS };
  const contents = await withSandbox(place, (sandbox) => sandbox.readFiles(paths, call));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return new Map(paths.map((path, index) => [path, decoder.decode(contents[index] ?? new Uint8Array())]));
}

/** The bugs that could be planted into files of the repository. */
export async function listBugs(sandbox: Sandbox, paths: readonly string[], signal: AbortSignal): Promise<PlantedBug[]> {
  const lines = await runProgram(sandbox, "mutate.py", paths, signal);
  return lines.map((line) => plantedBugSchema.parse(JSON.parse(line)));
}

/** Test files without some tests, and what a failing one does; answers by request id. */
export function readTestSources(
  place: SandboxPlace,
  requests: readonly TestSourceRequest[],
): Promise<Map<string, TestSourceAnswer>> {
  return withSandbox(place, (sandbox) => readTestSourcesIn(sandbox, requests, place.signal));
}

/** The same in a sandbox that is open. */
export async function readTestSourcesIn(
  sandbox: Sandbox,
  requests: readonly TestSourceRequest[],
  signal: AbortSignal,
): Promise<Map<string, TestSourceAnswer>> {
  const input = requests.map((request) => JSON.stringify(request));
  const lines = await runProgram(sandbox, "test_source.py", input, signal);
  const answers = lines.map((line) => testSourceAnswerSchema.parse(JSON.parse(line)));
  return new Map(answers.map((answer) => [answer.id, answer]));
}

/** Runs one of our programs over the sandbox's sources; it imports nothing of them. */
async function runProgram(
  sandbox: Sandbox,
  name: string,
  input: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const program = quoteForShell(await loadProgram(`synthesis/${name}`));
  const result = await sandbox.run(`exec env -i PATH="$PATH" python3 -I -S -c ${program}`, {
    signal,
    timeoutMs: TIMEOUT_MS,
    stdin: new TextEncoder().encode(input.map((line) => `${line}\n`).join("")),
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
  });
  if (result.status === "exited" && result.exit_code === 0 && result.stdout.dropped_bytes === 0) {
    return result.stdout.text.split("\n").filter((line) => line !== "");
  }
  const said = result.stderr.text.trimEnd().split("\n").at(-1) ?? "";
  throw new SandboxError("SWERL_TASKS_SOURCES", `the sources could not be read: ${said || result.status}`, {
    hint: "python 3.8 or later is needed inside the sandbox; run `swerl doctor`",
  });
}
