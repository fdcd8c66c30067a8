import { access, mkdir } from "node:fs/promises";
import { resolve } from "node:path";

import { createChatPolicy } from "../adapters/policy/chat-policy.ts";
import { createCompletionsPolicy } from "../adapters/policy/completions-policy.ts";
import { createVllmWeightPublisher } from "../adapters/policy/vllm-weights.ts";
import { SKYRL_DIALECT, SWERL_DIALECT } from "../adapters/tinker/dialect.ts";
import { startEmbeddedWorker } from "../adapters/tinker/embedded-worker.ts";
import { createTinkerClient } from "../adapters/tinker/tinker-client.ts";
import {
  createTinkerTrainer,
  type TinkerTrainer,
  type TinkerTrainerOptions,
} from "../adapters/tinker/tinker-trainer.ts";
import { NO_TOKENIZER } from "../adapters/tokenizer/no-tokenizer.ts";
import { loadQwenChatTokenizer } from "../adapters/tokenizer/qwen-chat-tokenizer.ts";
import type { Config } from "../config/schema.ts";
import { InputError, type TrainerError } from "../platform/errors.ts";
import type { ChatTokenizer } from "../ports/chat-tokenizer.ts";
import type { Policy } from "../ports/policy.ts";
import type { Trainer } from "../ports/trainer.ts";
import { findServerRoot } from "./check-weight-updates.ts";
import { findCheckpoint, linkInitialState } from "./initial-state.ts";

const WORKER_START_TIMEOUT_MS = 180_000;
const UNLOAD_TIMEOUT_MS = 10_000;

/** The policy and, where the command needs one, the trainer; `close` ends what was started for them. */
export interface Engines {
  readonly policy: Policy;
  readonly tokenizer: ChatTokenizer;
  readonly trainer: Trainer | null;
  close(): Promise<void>;
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
  const tokenizer =
    config.policy.kind === "chat"
      ? NO_TOKENIZER
      : await loadQwenChatTokenizer(config.policy.tokenizer ?? config.trainer.base_model);
  return config.trainer.kind === "embedded" && (config.policy.kind === "embedded" || options.withTrainer)
    ? openEmbedded(config, tokenizer, options)
    : openRemote(config, tokenizer, options);
}

async function openEmbedded(config: Config, tokenizer: ChatTokenizer, options: EngineOptions): Promise<Engines> {
  await assertInterpreter(config.trainer.python);
  const stateDir = resolve(options.runDirectory, "checkpoints");
  await mkdir(stateDir, { recursive: true });
  const initialState = await linkInitialState(config.trainer.initial_state, stateDir);
  const worker = await startEmbeddedWorker(
    {
      python: config.trainer.python,
      baseModel: resolve(config.trainer.base_model),
      stateDir,
      dtype: config.trainer.dtype,
      device: config.trainer.device,
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
        ...deliverToVllm(config, stateDir),
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
      // The run is over whether or not the server frees the model; its own clean-up is not our result.
      await trainer.unload(AbortSignal.timeout(UNLOAD_TIMEOUT_MS)).catch(() => undefined);
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
  const create = policy.kind === "chat" ? createChatPolicy : createCompletionsPolicy;
  return create({
    baseUrl: served?.url ?? (policy.base_url as string),
    model: served?.model ?? (policy.model as string),
    ...(apiKey === null ? {} : { apiKey }),
    requestTimeoutMs: policy.request_timeout_s * 1000,
    maxConnections: run.max_concurrency,
    publishedVersion: () => trainer?.publishedVersion() ?? 0,
  });
}

/** For a vLLM that swerl feeds: every published policy is exported to a folder and loaded from there. */
function deliverToVllm({ policy, trainer }: Config, stateDir: string): Pick<TinkerTrainerOptions, "exports"> {
  if (policy.weight_updates !== "vllm") return {};
  const publisher = createVllmWeightPublisher({
    serverUrls: [findServerRoot(policy)],
    timeoutMs: trainer.request_timeout_s * 1000,
  });
  return {
    exports: { root: stateDir, deliver: (folder, version, signal) => publisher.publish(folder, version, signal) },
  };
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
