import { join } from "node:path";

import type { TrainingDatum } from "../../domain/training-datum.ts";
import { TrainerError } from "../../platform/errors.ts";
import type { Trainer } from "../../ports/trainer.ts";
import type { TinkerDialect } from "./dialect.ts";
import type { TinkerClient } from "./tinker-client.ts";
import { readLossResult, readOptimResult, renderLossInput, sliceByTokens } from "./tinker-wire.ts";

export interface TinkerTrainerOptions {
  readonly client: TinkerClient;
  readonly dialect: TinkerDialect;
  readonly baseModel: string;
  /** 0 = all parameters train. */
  readonly loraRank: number;
  readonly seed?: number;
  /** Checkpoint whose weights (without optimizer state) training starts from, unless loadState comes first. */
  readonly initialState?: string;
  /** Input tokens of one request, so that bodies stay small. Default 131,072. */
  readonly maxTokensPerRequest?: number;
  /**
   * For policy servers that the trainer does not feed by itself: the trainer exports each published policy below
   * `root` (its state folder, as seen from here), and `deliver` gets the folder of the export. Without it,
   * save_weights_for_sampler alone makes the weights the served ones.
   */
  readonly exports?: {
    readonly root: string;
    readonly deliver: (folder: string, policyVersion: number, signal: AbortSignal) => Promise<void>;
  };
}

export interface TinkerTrainer extends Trainer {
  /** The version of the last publish; 0 before any. */
  readonly publishedVersion: () => number;
  /** Frees the model on the server; the trainer cannot be used afterwards. */
  unload(signal: AbortSignal): Promise<void>;
}

/**
 * Opens a session with one model on a Tinker server. No heartbeat is sent: a session without one does not expire.
 * Operations carry rising sequence numbers, so a repeated submission is never computed twice.
 */
export async function createTinkerTrainer(options: TinkerTrainerOptions, signal: AbortSignal): Promise<TinkerTrainer> {
  const { client, dialect } = options;
  if (options.loraRank === 0 && !dialect.supports.full_fine_tuning) {
    throw new TrainerError("SWERL_TRAINER_UNSUPPORTED", `a ${dialect.name} server trains LoRA adapters only`, {
      hint: "set trainer.lora_rank to 8 or more",
    });
  }
  const modelId = await createModel(options, signal);
  const maxTokens = options.maxTokensPerRequest ?? 131_072;
  let pendingState = options.initialState ?? null;
  let sequence = 0;
  let publications = 0;
  let publishedVersion = 0;

  const operate = (path: string, body: object, inner: AbortSignal): Promise<Record<string, unknown>> =>
    client.operate(path, { model_id: modelId, seq_id: ++sequence, ...body }, inner);

  async function load(path: string, optimizer: boolean, inner: AbortSignal): Promise<void> {
    await operate("load_weights", { path, optimizer, type: "load_weights" }, inner);
    pendingState = null;
  }

  /** SkyRL loads weights only as a model's first request, so the initial state waits for the first other one. */
  async function ready(inner: AbortSignal): Promise<void> {
    if (pendingState !== null) await load(pendingState, false, inner);
  }

  /** Runs slices one after the other and puts their logprobs back in the order of the data. */
  async function compute(
    data: readonly TrainingDatum[],
    inner: AbortSignal,
    run: (slice: readonly TrainingDatum[]) => Promise<Record<string, unknown>>,
  ): Promise<{ logprobs: number[][]; loss: number }> {
    await ready(inner);
    const logprobs: number[][] = Array.from({ length: data.length }, () => []);
    let loss = 0;
    for (const indices of sliceByTokens(data, maxTokens)) {
      const slice = indices.map((index) => data[index] as TrainingDatum);
      const result = readLossResult(await run(slice), slice);
      indices.forEach((index, position) => {
        logprobs[index] = result.logprobs[position] as number[];
      });
      loss += result.loss;
    }
    return { logprobs, loss };
  }

  return {
    reduction: dialect.reduction,
    publishedVersion: () => publishedVersion,
    async forward(data, inner) {
      const { logprobs } = await compute(data, inner, (slice) =>
        operate("forward", { forward_input: renderLossInput(slice, { name: "cross_entropy" }) }, inner),
      );
      return logprobs;
    },
    forwardBackward: (data, loss, inner) =>
      compute(data, inner, (slice) =>
        operate("forward_backward", { forward_backward_input: renderLossInput(slice, loss) }, inner),
      ),
    async optimStep(adam, inner) {
      return readOptimResult(await operate("optim_step", { adam_params: adam, type: "optim_step" }, inner));
    },
    async saveState(name, inner) {
      await ready(inner);
      return readPath(await operate("save_weights", { path: name, type: "save_weights" }, inner), "save_weights");
    },
    loadState: (path, inner) => load(path, true, inner),
    async unload(inner) {
      await operate("unload_model", { type: "unload_model" }, inner);
    },
    async publish(policyVersion, inner) {
      await ready(inner);
      const type = "save_weights_for_sampler";
      const version = dialect.supports.weight_version ? { weight_version: policyVersion } : {};
      if (options.exports === undefined) {
        await operate(type, { sampling_session_seq_id: publications++, ...version, type }, inner);
      } else {
        const name = `policy-${policyVersion}`;
        await operate(type, { path: name, ...version, type }, inner);
        const folder = join(options.exports.root, modelId, "sampler_weights", name);
        await options.exports.deliver(folder, policyVersion, inner);
      }
      publishedVersion = policyVersion;
    },
  };
}

async function createModel(options: TinkerTrainerOptions, signal: AbortSignal): Promise<string> {
  const session = await options.client.ask(
    "create_session",
    { tags: ["swerl"], user_metadata: null, sdk_version: "0.25.0", type: "create_session" },
    signal,
  );
  const model = await options.client.operate(
    "create_model",
    {
      session_id: session["session_id"],
      model_seq_id: 0,
      base_model: options.baseModel,
      lora_config: { rank: options.loraRank, ...(options.seed === undefined ? {} : { seed: options.seed }) },
      type: "create_model",
    },
    signal,
  );
  if (typeof model["model_id"] !== "string") {
    throw new TrainerError("SWERL_TRAINER_PROTOCOL", "create_model answered without a model_id");
  }
  return model["model_id"];
}

function readPath(answer: Record<string, unknown>, operation: string): string {
  if (typeof answer["path"] === "string") return answer["path"];
  throw new TrainerError("SWERL_TRAINER_PROTOCOL", `${operation} answered without a path`);
}
