import type { TrainingSequence } from "./batch.ts";
import { maskFormatErrorTurns } from "./loss-mask.ts";
import { createRandom } from "./random.ts";
import { readOutcome } from "./reward.ts";
import type { Trajectory } from "./trajectory.ts";

export interface RftDatasetOptions {
  /** At most this many successes of one instance, chosen by the seed; null = all. */
  readonly maxPerInstance: number | null;
  /** Keeps one of trajectories with identical tokens. The paper does not say so: off by default. */
  readonly dropDuplicates: boolean;
  /**
   * The prompt that stands in for the sampled one: the trained policy never sees the one-shot demonstration that
   * the base was shown (paper 4.2). Absent = the prompt as sampled.
   */
  readonly promptOf?: (trajectory: Trajectory) => readonly number[];
  readonly seed: number;
}

/** Rejection sampling: the resolved trajectories, with the turns whose format was wrong masked out. */
export function buildRftDataset(trajectories: readonly Trajectory[], options: RftDatasetOptions): TrainingSequence[] {
  const resolved = trajectories.filter((trajectory) => readOutcome(trajectory) === 1);
  const distinct = options.dropDuplicates ? dropDuplicates(resolved) : resolved;
  return limitPerInstance(distinct, options).flatMap((trajectory) => {
    const mask = maskFormatErrorTurns(trajectory);
    if (!mask.includes(1)) return [];
    const promptLength = trajectory.loss_mask.indexOf(1);
    const prompt = options.promptOf?.(trajectory) ?? trajectory.token_ids.slice(0, promptLength);
    return [
      {
        sequence_id: trajectory.trajectory_id,
        token_ids: [...prompt, ...trajectory.token_ids.slice(promptLength)],
        loss_mask: [...prompt.map(() => 0 as const), ...mask.slice(promptLength)],
      },
    ];
  });
}

function dropDuplicates(trajectories: readonly Trajectory[]): Trajectory[] {
  const seen = new Map(trajectories.map((trajectory) => [trajectory.token_ids.join(), trajectory]));
  return [...seen.values()];
}

function limitPerInstance(trajectories: readonly Trajectory[], options: RftDatasetOptions): readonly Trajectory[] {
  const limit = options.maxPerInstance;
  if (limit === null) return trajectories;
  const taken = new Map<string, number>();
  const order = createRandom(`rft-limit/${options.seed}`).shuffle(trajectories);
  return order.filter(({ instance_id: id }) => {
    taken.set(id, (taken.get(id) ?? 0) + 1);
    return (taken.get(id) as number) <= limit;
  });
}
