import { z } from "zod";

import type { TrainingDatum } from "../../domain/training-datum.ts";
import { TrainerError } from "../../platform/errors.ts";
import type { ForwardBackwardResult, Loss } from "../../ports/trainer.ts";

/** forward_backward_input / forward_input. All arrays of a datum have the length of its input. */
export function renderLossInput(data: readonly TrainingDatum[], loss: Loss): object {
  return {
    data: data.map((datum) => ({
      model_input: { chunks: [{ type: "encoded_text", tokens: datum.input_token_ids }] },
      loss_fn_inputs: {
        target_tokens: renderTensor(datum.target_token_ids, "int64"),
        weights: renderTensor(datum.weights, "float32"),
        ...(loss.name === "cross_entropy" ? {} : renderPolicyInputs(datum)),
      },
    })),
    loss_fn: loss.name,
    loss_fn_config:
      loss.name === "ppo"
        ? { clip_low_threshold: loss.clip_low_threshold, clip_high_threshold: loss.clip_high_threshold }
        : null,
  };
}

/** A missing array would be padded with zeros by some servers, without a word. */
function renderPolicyInputs(datum: TrainingDatum): object {
  if (datum.logprobs === undefined || datum.advantages === undefined) {
    throw new RangeError("a datum of an RL loss needs logprobs and advantages");
  }
  return {
    logprobs: renderTensor(datum.logprobs, "float32"),
    advantages: renderTensor(datum.advantages, "float32"),
  };
}

function renderTensor(data: readonly number[], dtype: string): object {
  return { data, dtype, shape: [data.length] };
}

const lossResultSchema = z.object({
  loss_fn_outputs: z.array(z.record(z.string(), z.unknown())),
  metrics: z.record(z.string(), z.number()).default({}),
});

/**
 * Reads logprobs (checked: as many as targets, all finite) and the loss: the server's sum when it tells one, else
 * the sum of its elementwise losses.
 * @throws TrainerError SWERL_TRAINER_PROTOCOL
 */
export function readLossResult(answer: unknown, data: readonly TrainingDatum[]): ForwardBackwardResult {
  const parsed = lossResultSchema.safeParse(answer);
  if (!parsed.success) throw protocolError(z.prettifyError(parsed.error));
  const { loss_fn_outputs: outputs, metrics } = parsed.data;
  if (outputs.length !== data.length) throw protocolError(`${outputs.length} outputs for ${data.length} sequences`);
  const logprobs = outputs.map((output, index) =>
    readTensor(output["logprobs"], (data[index] as TrainingDatum).target_token_ids.length, `sequence ${index}`),
  );
  return { logprobs, loss: metrics["loss:sum"] ?? metrics["total_loss:sum"] ?? sumElementwise(outputs, data) };
}

const optimResultSchema = z.object({ metrics: z.record(z.string(), z.number()) });

/** grad_norm is Infinity when the server dropped a gradient that was not finite. */
export function readOptimResult(answer: unknown): { grad_norm: number; skipped: boolean } {
  const parsed = optimResultSchema.safeParse(answer);
  if (!parsed.success) throw protocolError(z.prettifyError(parsed.error));
  const { metrics } = parsed.data;
  if (metrics["skipped"] === 1) return { grad_norm: Number.POSITIVE_INFINITY, skipped: true };
  const norm = metrics["grad_norm"] ?? metrics["skyrl.ai/grad_norm"];
  if (norm === undefined)
    throw protocolError(`optim_step metrics without grad_norm: ${Object.keys(metrics).join(", ")}`);
  return { grad_norm: norm, skipped: false };
}

/**
 * Splits data into requests of at most maxTokens each (at least one datum), longest first so that a server that
 * pads to the longest pads little. Answers the indices of each slice.
 */
export function sliceByTokens(data: readonly TrainingDatum[], maxTokens: number): number[][] {
  const lengthOf = (index: number): number => (data[index] as TrainingDatum).input_token_ids.length;
  const order = [...data.keys()].sort((a, b) => lengthOf(b) - lengthOf(a));
  const slices: number[][] = [];
  let room = 0;
  for (const index of order) {
    if (slices.length === 0 || lengthOf(index) > room) {
      slices.push([]);
      room = maxTokens;
    }
    (slices.at(-1) as number[]).push(index);
    room -= lengthOf(index);
  }
  return slices;
}

function readTensor(value: unknown, length: number, where: string): number[] {
  const data = (value as { data?: unknown } | undefined)?.data;
  if (!Array.isArray(data) || data.length !== length) {
    throw protocolError(`${where}: ${Array.isArray(data) ? data.length : "no"} logprobs for ${length} targets`);
  }
  const bad = data.findIndex((item) => !Number.isFinite(item));
  if (bad >= 0) throw protocolError(`${where}: logprob ${bad} is ${String(data[bad])}`);
  return data as number[];
}

function sumElementwise(outputs: readonly Record<string, unknown>[], data: readonly TrainingDatum[]): number {
  return outputs
    .map((output, index) =>
      readTensor(
        output["elementwise_loss"],
        (data[index] as TrainingDatum).target_token_ids.length,
        "elementwise_loss",
      ),
    )
    .flat()
    .reduce((sum, value) => sum + value, 0);
}

function protocolError(seen: string): TrainerError {
  return new TrainerError("SWERL_TRAINER_PROTOCOL", `unexpected answer of the trainer: ${seen}`, {
    hint: "check trainer.dialect and the server's version",
  });
}
