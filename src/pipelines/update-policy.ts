import { buildPolicyBatch, planOptimizerBatches, type PolicySequence } from "../domain/batch.ts";
import { computePolicyStatistics, type PolicyStatistics } from "../domain/policy-statistics.ts";
import type { TrainingDatum } from "../domain/training-datum.ts";
import { TrainerError } from "../platform/errors.ts";
import type { AdamParams, Trainer } from "../ports/trainer.ts";

export interface UpdateSettings {
  /** Trajectories of one optimizer step, as near as the count allows. */
  readonly batchSize: number;
  /** The importance ratio is clipped to [1 - low, 1 + high]. */
  readonly clipRatioLow: number;
  readonly clipRatioHigh: number;
  readonly adam: Omit<AdamParams, "learning_rate">;
  /**
   * Limits on |sampler logprob - trainer logprob| of the first batch of an iteration, when both should have the
   * same weights: a larger difference means that they do not, and that importance ratios are wrong.
   */
  readonly maxLogprobDifference: { readonly mean: number; readonly p99: number };
}

export interface UpdatePolicyOptions {
  readonly trainer: Trainer;
  readonly settings: UpdateSettings;
  readonly sequences: readonly PolicySequence[];
  /** Order of the batches. */
  readonly seed: string;
  /** By update of this iteration, from 0. */
  readonly learningRateOf: (update: number) => number;
  readonly signal: AbortSignal;
  /** Awaited after each update. */
  readonly onOptimizerStep: (optimizerStep: OptimizerStepReport) => Promise<void>;
}

export interface OptimizerStepReport {
  readonly update: number;
  readonly updates: number;
  readonly trajectoryIds: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

const MAX_SKIPPED_IN_A_ROW = 3;

/** One epoch over the sequences: ppo with asymmetric clip, token-mean over each optimizer batch (paper Eq. 8). */
export async function updatePolicy(options: UpdatePolicyOptions): Promise<void> {
  const { trainer, settings, signal } = options;
  const loss = {
    name: "ppo",
    clip_low_threshold: 1 - settings.clipRatioLow,
    clip_high_threshold: 1 + settings.clipRatioHigh,
  } as const;
  const batches = planOptimizerBatches(options.sequences, settings.batchSize, options.seed);
  let skippedInARow = 0;
  for (const [update, batch] of batches.entries()) {
    const data = buildPolicyBatch(batch, trainer.reduction);
    const result = await trainer.forwardBackward(data, loss, signal);
    const statistics = readStatistics(batch, data, result.logprobs, settings);
    if (update === 0) checkLogprobs(statistics, settings.maxLogprobDifference);
    const learningRate = options.learningRateOf(update);
    const applied = await trainer.optimStep({ ...settings.adam, learning_rate: learningRate }, signal);
    skippedInARow = applied.skipped ? skippedInARow + 1 : 0;
    if (skippedInARow >= MAX_SKIPPED_IN_A_ROW) throw diverged(skippedInARow);
    await options.onOptimizerStep({
      update,
      updates: batches.length,
      trajectoryIds: batch.map((sequence) => sequence.sequence_id),
      metrics: {
        ...statistics,
        loss: result.loss,
        learning_rate: learningRate,
        skipped: applied.skipped ? 1 : 0,
        ...(applied.skipped ? {} : { grad_norm: applied.grad_norm }),
      },
    });
  }
}

export function diverged(skipped: number): TrainerError {
  return new TrainerError("SWERL_TRAINER_DIVERGED", `${skipped} gradients in a row were not finite`, {
    hint: "lower the learning rate and resume from the last checkpoint",
  });
}

function readStatistics(
  batch: readonly PolicySequence[],
  data: readonly TrainingDatum[],
  logprobs: readonly (readonly number[])[],
  settings: UpdateSettings,
): PolicyStatistics {
  return computePolicyStatistics(
    data.map((datum, index) => ({
      mask: datum.weights,
      behaviour: datum.logprobs as readonly number[],
      live: logprobs[index] as readonly number[],
      advantage: (batch[index] as PolicySequence).advantage,
    })),
    { low: 1 - settings.clipRatioLow, high: 1 + settings.clipRatioHigh },
  );
}

function checkLogprobs(statistics: PolicyStatistics, limit: UpdateSettings["maxLogprobDifference"]): void {
  const { logprob_difference_mean: mean, logprob_difference_p99: p99 } = statistics;
  if (mean <= limit.mean && p99 <= limit.p99) return;
  throw new TrainerError(
    "SWERL_LOGPROB_MISMATCH",
    `sampler and trainer disagree about the sampled tokens: |difference of logprobs| is ${mean.toFixed(4)} on average` +
      ` (limit ${limit.mean}), ${p99.toFixed(4)} at the 99th percentile (limit ${limit.p99})`,
    { hint: "check that the policy server has the weights that were published, temperature 1 and no filter" },
  );
}
