/**
 * What an engine does with the per-token losses of one optimizer batch. `sum`: adds them.
 * `mean-of-sequence-means`: divides each sequence's sum by its summed weights, then takes the mean over all
 * sequences gathered since the last update.
 */
export type Reduction = "sum" | "mean-of-sequence-means";

/** A token sequence of length T as T-1 predictions: every array below has length T-1. */
export interface TrainingDatum {
  /** tokens[0..T-2], the model's input. */
  readonly input_token_ids: readonly number[];
  /** tokens[1..T-1]. */
  readonly target_token_ids: readonly number[];
  /** Per-token weight; 0 where the target was not sampled. */
  readonly weights: readonly number[];
  /** Behaviour log-probabilities of the targets, 0 where not sampled. Needed by RL losses. */
  readonly logprobs?: readonly number[];
  /** Scaled advantages, 0 where not sampled. Needed by RL losses. */
  readonly advantages?: readonly number[];
}
