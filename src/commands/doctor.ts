import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";

import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";
import { isShort, renderFree } from "../platform/disk-space.ts";
import { SwerlError } from "../platform/errors.ts";
import type { Sandbox } from "../ports/sandbox.ts";
import { explainFullDisk, listRunFolders, readDisks } from "../wiring/check-disk.ts";
import { checkSandboxes } from "../wiring/check-sandboxes.ts";
import { openEngines } from "../wiring/open-engines.ts";
import { openSandboxes } from "../wiring/open-sandboxes.ts";
import { openTasks } from "../wiring/open-tasks.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";

const PROBE_TIMEOUT_MS = 60_000;
const MIN_FREE_BYTES = 2 * 1024 ** 3;

/** One thing checked. `fix` is the command or change that mends it. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly fix?: string;
}

interface Check {
  readonly name: string;
  /** What was seen, or findings of its own; rejects with a SwerlError that carries the fix. */
  run(): Promise<string | readonly Finding[]>;
}

/** `swerl doctor`: tries each thing a run would need, really, and says how to mend what fails. Exit code 3 then. */
export async function doctor(flags: SharedFlags, context: CommandContext): Promise<number> {
  const config = await loadConfig({ files: flags.config, sets: flags.set, command: "doctor" });
  const findings: Finding[] = [];
  for (const check of planChecks(config, context.signal)) {
    if (flags.dryRun) {
      context.stdout.write(`would check ${check.name}\n`);
      continue;
    }
    const found = await examine(check);
    findings.push(...found);
    if (!flags.json) context.stdout.write(found.map(renderFinding).join(""));
  }
  if (flags.json) context.stdout.write(`${JSON.stringify({ findings })}\n`);
  return findings.every((finding) => finding.ok) ? EXIT_CODES.ok : EXIT_CODES.machine;
}

async function examine(check: Check): Promise<readonly Finding[]> {
  try {
    const found = await check.run();
    return typeof found === "string" ? [{ name: check.name, ok: true, detail: found }] : found;
  } catch (cause) {
    const error = (await explainFullDisk(cause, [])) ?? cause;
    if (!(error instanceof SwerlError)) throw error;
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return [{ name: check.name, ok: false, detail: error.message, ...fix }];
  }
}

function planChecks(config: Config, signal: AbortSignal): Check[] {
  return [
    { name: "node", run: async () => process.version },
    { name: "disk", run: () => checkDisks(config) },
    { name: "tasks", run: async () => `${openTasks(config).instances.length} instances in ${config.tasks.path}` },
    { name: "sandbox engines", run: () => checkEngines(config, signal) },
    { name: "sandbox", run: () => checkSandbox(config, signal) },
    ...(config.trainer.kind === "embedded" ? [{ name: "trainer packages", run: () => checkPython(config) }] : []),
    ...(config.policy.kind !== "embedded" ? [{ name: "policy", run: () => checkPolicy(config, signal) }] : []),
  ];
}

function checkEngines(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  return checkSandboxes(config, openTasks(config).instances, { signal, timeoutMs: PROBE_TIMEOUT_MS });
}

/** One finding a disk that a run writes to, or that holds temporary files. */
async function checkDisks({ run }: Config): Promise<readonly Finding[]> {
  const disks = await readDisks([...listRunFolders(run.directory ?? "runs"), tmpdir()]);
  return disks.map((disk) => {
    const ok = disk.freeBytes >= MIN_FREE_BYTES && !isShort(disk);
    const finding = { name: "disk", ok, detail: `${disk.folder}: ${renderFree(disk)}` };
    return ok ? finding : { ...finding, fix: "free some space there (swerl gc), or use another disk" };
  });
}

/** Opens a sandbox over the first instance, runs a command in it, and looks for what the tests will need. */
async function checkSandbox(config: Config, signal: AbortSignal): Promise<string> {
  const tasks = openTasks(config);
  const instance = tasks.instances.find(({ test_runner: runner }) => runner === "pytest") ?? tasks.instances[0];
  if (instance === undefined) return "no instance to open one for";
  const sandboxes = await openSandboxes(config, [instance]);
  const call = { signal, timeoutMs: PROBE_TIMEOUT_MS };
  let sandbox: Sandbox | null = null;
  try {
    sandbox = await sandboxes.open(await tasks.prepare(instance, signal), call);
    const needed = instance.test_runner === "pytest" ? "import pytest" : "pass";
    const result = await sandbox.run(`python3 -c '${needed}'`, call);
    if (result.exit_code !== 0) {
      throw new SwerlError(
        "SWERL_SANDBOX_PYTHON",
        `${sandboxes.name}: ${result.stderr.text.trim().split("\n").at(-1) ?? ""}`,
        {
          hint: "install pytest for the python3 on PATH: apt-get install python3-pytest, or python3 -m pip install pytest",
        },
      );
    }
    const { duration_ms: milliseconds } = await sandbox.run("true", call);
    return `${sandboxes.name}, a command takes ${milliseconds.toFixed(1)} ms`;
  } finally {
    await sandbox?.close();
    await sandboxes.close();
  }
}

async function checkPython({ trainer }: Config): Promise<string> {
  const script =
    "import torch, transformers; print(f'torch {torch.__version__}, transformers {transformers.__version__}')";
  try {
    const { stdout } = await promisify(execFile)(trainer.python, ["-c", script], { timeout: PROBE_TIMEOUT_MS });
    return stdout.trim();
  } catch (cause) {
    throw new SwerlError("SWERL_TRAINER_MISSING", `${trainer.python} cannot import the trainer's packages`, {
      hint: "./scripts/setup",
      cause,
    });
  }
}

/** One sampled token shows that the server takes token ids and gives ids and logprobs back, or that it chats. */
async function checkPolicy(config: Config, signal: AbortSignal): Promise<string> {
  const engines = await openEngines(config, {
    runDirectory: ".",
    withTrainer: false,
    onDeath: () => undefined,
    signal,
  });
  try {
    const { policy, tokenizer } = engines;
    const messages = [{ role: "user", content: "Hello" }] as const;
    const prompt = tokenizer.encodePrompt(messages);
    const sampling = { ...config.sampling, stop_token_ids: tokenizer.stopTokenIds };
    const completion = await policy.sample({ prompt_token_ids: prompt, messages, sampling, max_tokens: 1 }, signal);
    if (policy.takes === "messages") return `${policy.model} answers chats; it can be evaluated, and not trained`;
    return `${policy.model} answers with token ids and logprobs (${completion.logprobs[0]?.toFixed(3)})`;
  } finally {
    await engines.close();
  }
}

function renderFinding({ name, ok, detail, fix }: Finding): string {
  const line = `${ok ? "ok    " : "failed"}  ${name.padEnd(16)}  ${detail.replaceAll("\n", `\n${" ".repeat(8)}`)}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(8)}fix: ${fix}\n`;
}
