import { countSampledTokens } from "./loss-mask.ts";
import { createRandom } from "./random.ts";
import type { Reduction, TrainingDatum } from "./training-datum.ts";

/** A token sequence of length T that trains: all arrays have length T, and the first token is never sampled. */
export interface TrainingSequence {
  readonly sequence_id: string;
  readonly token_ids: readonly number[];
  readonly loss_mask: readonly (0 | 1)[];
}

/** With what a policy-gradient loss needs: behaviour logprobs by token, and one advantage for all of them. */
export interface PolicySequence extends TrainingSequence {
  readonly logprobs: readonly number[];
  readonly advantage: number;
}

/**
 * One optimizer batch for an RL loss, scaled so that the engine's loss is the token-mean over all sampled
 * tokens of the batch: (1/N) sum_i sum_t l_it, N = sum of masks (paper Eq. 8, taken over the whole batch).
 * Losses are linear in the advantage, so the scale goes there:
 * - `sum`: A_i / N;
 * - `mean-of-sequence-means`: A_i * n_i * D / N, which undoes the division by n_i and by D.
 * The weights stay 0/1. All D data must reach the engine before the update, in any number of slices.
 */
export function buildPolicyBatch(sequences: readonly PolicySequence[], reduction: Reduction): TrainingDatum[] {
  const scales = computeTokenMeanScales(sequences, reduction);
  return sequences.map((sequence, index) => {
    const mask = sequence.loss_mask.slice(1);
    const advantage = sequence.advantage * (scales[index] as number);
    return {
      ...shiftTokens(sequence),
      weights: mask,
      logprobs: mask.map((bit, position) => (bit === 1 ? (sequence.logprobs[position + 1] as number) : 0)),
      advantages: mask.map((bit) => bit * advantage),
    };
  });
}

/**
 * One optimizer batch for cross entropy on an engine that sums: weights mask / N give the token-mean.
 */
export function buildSupervisedBatch(sequences: readonly TrainingSequence[]): TrainingDatum[] {
  const scales = computeTokenMeanScales(sequences, "sum");
  return sequences.map((sequence, index) => ({
    ...shiftTokens(sequence),
    weights: sequence.loss_mask.slice(1).map((bit) => bit * (scales[index] as number)),
  }));
}

/**
 * The same for an engine that normalises each sequence by its weights, where no weight can express a
 * token-mean: the loss is `importance_sampling` with the live logprobs as behaviour logprobs, whose ratio is 1
 * and whose gradient is therefore that of cross entropy times the advantage.
 * @param liveLogprobs Logprobs of the targets under the weights about to be updated, T-1 a sequence.
 */
export function buildSupervisedBatchFromLiveLogprobs(
  sequences: readonly TrainingSequence[],
  liveLogprobs: readonly (readonly number[])[],
  reduction: Reduction,
): TrainingDatum[] {
  return buildPolicyBatch(
    sequences.map((sequence, index) => ({
      ...sequence,
      logprobs: [0, ...(liveLogprobs[index] as readonly number[])],
      advantage: 1,
    })),
    reduction,
  );
}

/**
 * Splits into optimizer batches in a seeded order. The number of batches is the nearest to
 * items / batchSize (at least one), and their sizes differ by at most one: no small last batch takes a full
 * update on a noisy gradient.
 */
export function planOptimizerBatches<T>(items: readonly T[], batchSize: number, seed: string): T[][] {
  if (items.length === 0) return [];
  const shuffled = createRandom(`optimizer-batches/${seed}`).shuffle(items);
  const count = Math.max(1, Math.round(items.length / batchSize));
  return Array.from({ length: count }, (_, index) =>
    shuffled.slice(Math.floor((index * items.length) / count), Math.floor(((index + 1) * items.length) / count)),
  );
}

/** True when at least one token of the sequence trains; an engine may divide by that count. */
export function hasSampledTokens(sequence: TrainingSequence): boolean {
  return sequence.loss_mask.includes(1);
}

function computeTokenMeanScales(sequences: readonly TrainingSequence[], reduction: Reduction): number[] {
  const counts = sequences.map((sequence) => {
    assertShape(sequence);
    return countSampledTokens(sequence.loss_mask);
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (reduction === "sum" ? 1 / total : (count * sequences.length) / total));
}

function shiftTokens(sequence: TrainingSequence): Pick<TrainingDatum, "input_token_ids" | "target_token_ids"> {
  return {
    input_token_ids: sequence.token_ids.slice(0, -1),
    target_token_ids: sequence.token_ids.slice(1),
  };
}

/** A broken invariant of our own records: a bug, not an input error. */
function assertShape(sequence: TrainingSequence): void {
  if (sequence.token_ids.length !== sequence.loss_mask.length || sequence.token_ids.length < 2) {
    throw new RangeError(
      `sequence ${sequence.sequence_id}: ${sequence.token_ids.length} tokens, ${sequence.loss_mask.length} mask bits`,
    );
  }
  if (sequence.loss_mask[0] !== 0) {
    throw new RangeError(`sequence ${sequence.sequence_id}: its first token cannot be sampled`);
  }
  if (!hasSampledTokens(sequence)) {
    throw new RangeError(`sequence ${sequence.sequence_id}: no token of it trains`);
  }
}
