import { access, mkdir, readdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";

import { createBubblewrapProvider } from "./adapters/bubblewrap/bubblewrap-provider.ts";
import { readRun } from "./adapters/files/read-run.ts";
import { createCompletionsPolicy } from "./adapters/policy/completions-policy.ts";
import { createVllmWeightPublisher } from "./adapters/policy/vllm-weights.ts";
import { writeTaskRepo } from "./adapters/tasks/write-task-repo.ts";
import { createTaskRepoSource } from "./adapters/tasks/task-repo-source.ts";
import { SKYRL_DIALECT, SWERL_DIALECT } from "./adapters/tinker/dialect.ts";
import { startEmbeddedWorker } from "./adapters/tinker/embedded-worker.ts";
import { createTinkerClient } from "./adapters/tinker/tinker-client.ts";
import { createTinkerTrainer, type TinkerTrainer } from "./adapters/tinker/tinker-trainer.ts";
import { loadQwenChatTokenizer } from "./adapters/tokenizer/qwen-chat-tokenizer.ts";
import { renderReport, type ReportOptions } from "./adapters/viewer/render-report.ts";
import type { Config } from "./config/schema.ts";
import type { RunEvent } from "./domain/run-event.ts";
import type { TaskInstance } from "./domain/task-instance.ts";
import { InputError, type TrainerError } from "./platform/errors.ts";
import type { ChatTokenizer } from "./ports/chat-tokenizer.ts";
import type { Policy } from "./ports/policy.ts";
import type { SandboxProvider } from "./ports/sandbox.ts";
import type { TaskSource } from "./ports/task-source.ts";
import type { Trainer } from "./ports/trainer.ts";

const WORKER_START_TIMEOUT_MS = 180_000;
const MIB = 1024 ** 2;

/** The policy and, where the command needs one, the trainer; `close` ends what was started for them. */
export interface Engines {
  readonly policy: Policy;
  readonly tokenizer: ChatTokenizer;
  readonly trainer: Trainer | null;
  close(): Promise<void>;
}

/** The task set of a configuration, every instance of it. */
export function openTasks({ tasks, sandbox }: Config): TaskSource {
  return createTaskRepoSource({
    directory: tasks.path,
    limits: {
      memoryBytes: sandbox.memory_mb * MIB,
      maxProcesses: sandbox.max_processes,
      diskBytes: sandbox.disk_mb * MIB,
    },
  });
}

/** Writes a generated family as a task set in the folder. */
export function writeTasks(directory: string, name: string, instances: readonly TaskInstance[]): Promise<void> {
  return writeTaskRepo(directory, name, instances);
}

/** The journal of a run that may still be going. */
export function loadRun(directory: string): Promise<RunEvent[]> {
  return readRun(directory);
}

/** The report of runs as one HTML file's text. */
export function renderRunReport(options: ReportOptions): string {
  return renderReport(options);
}

/** The provider of sandboxes that a configuration asks for. */
export async function openSandboxes(_config: Config): Promise<SandboxProvider> {
  return createBubblewrapProvider();
}

export interface EngineOptions {
  readonly runDirectory: string;
  /** False for evaluations and rollouts of a policy that swerl does not serve itself. */
  readonly withTrainer: boolean;
  /** Told when the embedded worker dies under the run. */
  readonly onDeath: (error: TrainerError) => void;
  readonly signal: AbortSignal;
}

/** Starts or connects the engines. */
export async function openEngines(config: Config, options: EngineOptions): Promise<Engines> {
  const tokenizer = await loadQwenChatTokenizer(config.policy.tokenizer ?? config.trainer.base_model);
  return config.trainer.kind === "embedded" && (config.policy.kind === "embedded" || options.withTrainer)
    ? openEmbedded(config, tokenizer, options)
    : openRemote(config, tokenizer, options);
}

async function openEmbedded(config: Config, tokenizer: ChatTokenizer, options: EngineOptions): Promise<Engines> {
  await assertInterpreter(config.trainer.python);
  const stateDir = resolve(options.runDirectory, "checkpoints");
  await mkdir(stateDir, { recursive: true });
  const initialState = await findInitialState(config.trainer.initial_state, stateDir);
  const worker = await startEmbeddedWorker(
    {
      python: config.trainer.python,
      baseModel: resolve(config.trainer.base_model),
      stateDir,
      dtype: config.trainer.dtype,
      threads: config.trainer.threads,
      startTimeoutMs: WORKER_START_TIMEOUT_MS,
      onDeath: options.onDeath,
    },
    options.signal,
  );
  const client = createTinkerClient({
    baseUrl: worker.url,
    requestTimeoutMs: config.trainer.request_timeout_s * 1000,
  });
  try {
    const trainer = await createTinkerTrainer(
      {
        client,
        dialect: SWERL_DIALECT,
        baseModel: worker.model,
        loraRank: config.trainer.lora_rank,
        seed: config.run.seed,
        ...(initialState === null ? {} : { initialState }),
        ...deliverToVllm(config),
      },
      options.signal,
    );
    const served = config.policy.kind === "embedded" ? { url: `${worker.url}/v1`, model: worker.model } : null;
    const policy = createPolicy(config, served, trainer);
    return {
      policy,
      tokenizer,
      trainer,
      close: async () => {
        await policy.close();
        await client.close();
        await worker.stop();
      },
    };
  } catch (error) {
    await client.close();
    await worker.stop();
    throw error;
  }
}

async function openRemote(config: Config, tokenizer: ChatTokenizer, options: EngineOptions): Promise<Engines> {
  if (!options.withTrainer) {
    const policy = createPolicy(config, null, null);
    return { policy, tokenizer, trainer: null, close: () => policy.close() };
  }
  const apiKey = readKey(config.trainer.api_key_env, "trainer.api_key_env");
  const client = createTinkerClient({
    baseUrl: config.trainer.base_url as string,
    requestTimeoutMs: config.trainer.request_timeout_s * 1000,
    ...(apiKey === null ? {} : { apiKey }),
  });
  const initialState = config.trainer.initial_state;
  const trainer = await createTinkerTrainer(
    {
      client,
      dialect: config.trainer.dialect === "skyrl" ? SKYRL_DIALECT : SWERL_DIALECT,
      baseModel: config.trainer.base_model,
      loraRank: config.trainer.lora_rank,
      seed: config.run.seed,
      ...(initialState === null ? {} : { initialState: await findCheckpoint(initialState) }),
      ...deliverToVllm(config),
    },
    options.signal,
  );
  const policy = createPolicy(config, null, trainer);
  return {
    policy,
    tokenizer,
    trainer,
    close: async () => {
      await policy.close();
      await client.close();
    },
  };
}

function createPolicy(
  { policy, run }: Config,
  served: { readonly url: string; readonly model: string } | null,
  trainer: TinkerTrainer | null,
): Policy & { close(): Promise<void> } {
  const apiKey = readKey(policy.api_key_env, "policy.api_key_env");
  return createCompletionsPolicy({
    baseUrl: served?.url ?? (policy.base_url as string),
    model: served?.model ?? (policy.model as string),
    ...(apiKey === null ? {} : { apiKey }),
    requestTimeoutMs: policy.request_timeout_s * 1000,
    maxConnections: run.max_concurrency,
    publishedVersion: () => trainer?.publishedVersion() ?? 0,
  });
}

function deliverToVllm({ policy, trainer }: Config): Pick<Parameters<typeof createTinkerTrainer>[0], "deliverWeights"> {
  if (policy.weight_updates !== "vllm") return {};
  const publisher = createVllmWeightPublisher({
    serverUrls: [(policy.base_url as string).replace(/\/v1\/?$/, "")],
    timeoutMs: trainer.request_timeout_s * 1000,
  });
  return { deliverWeights: (folder, version, signal) => publisher.publish(folder, version, signal) };
}

/**
 * The Tinker path of the weights to start from. Those of another run's embedded worker are made visible in this
 * run's state folder by links to its models.
 */
async function findInitialState(initial: string | null, stateDir: string): Promise<string | null> {
  if (initial === null) return null;
  const path = await findCheckpoint(initial);
  const source = resolve(initial, "checkpoints");
  for (const model of await readdir(source).catch(() => [])) {
    await symlink(join(source, model), join(stateDir, model)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
  }
  return path;
}

/** A Tinker path as it is; of a run directory, the last checkpoint that the run saved. */
async function findCheckpoint(initial: string): Promise<string> {
  if (initial.startsWith("tinker://")) return initial;
  const saved = (await readRun(initial)).findLast((event) => event.type === "checkpoint-saved");
  if (saved !== undefined) return saved.path;
  throw new InputError("SWERL_NO_CHECKPOINT", `${initial}: the run has saved no checkpoint yet`, {
    hint: "set trainer.initial_state to a run of swerl rft or swerl train that has finished an iteration",
  });
}

function readKey(variable: string | null, key: string): string | null {
  if (variable === null) return null;
  const value = process.env[variable];
  if (value !== undefined && value !== "") return value;
  throw new InputError("SWERL_NO_KEY", `${key}: the environment variable ${variable} is not set`);
}

async function assertInterpreter(python: string): Promise<void> {
  if (!python.includes("/")) return;
  await access(python).catch((cause: unknown) => {
    throw new InputError("SWERL_TRAINER_MISSING", `${python}: no Python interpreter is there`, {
      hint: "./scripts/setup installs the trainer, or set trainer.python",
      cause,
    });
  });
}
