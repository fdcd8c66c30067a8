import { readOutcome, type Reward, type RewardSettings, computeReward } from "./reward.ts";
import type { Trajectory } from "./trajectory.ts";

/** The trajectories of one task instance from one policy version. */
export interface TrajectoryGroup {
  readonly group_id: string;
  readonly instance_id: string;
  readonly trajectories: readonly Trajectory[];
}

/** A group with the reward of each member; null where the member is left out. */
export interface ScoredGroup extends TrajectoryGroup {
  readonly rewards: readonly (Reward | null)[];
}

/**
 * @param mapOutcomes Replaces the outcomes before the length penalty is added (the shuffled control).
 */
export function scoreGroup(
  group: TrajectoryGroup,
  settings: RewardSettings,
  mapOutcomes: (outcomes: readonly (0 | 1 | null)[], groupId: string) => readonly (0 | 1 | null)[] = (outcomes) =>
    outcomes,
): ScoredGroup {
  const outcomes = mapOutcomes(group.trajectories.map(readOutcome), group.group_id);
  const rewards = group.trajectories.map((trajectory, index) => {
    const outcome = outcomes[index] ?? null;
    return outcome === null ? null : computeReward(outcome, trajectory.turns.length, settings);
  });
  return { ...group, rewards };
}
