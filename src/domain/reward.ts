import type { Trajectory } from "./trajectory.ts";

/** Length penalty thresholds, in turns (actions): paper Eq. 4, L_thr and T_max. */
export interface RewardSettings {
  /** Turns that cost nothing (L_thr); null switches the penalty off. */
  readonly lengthPenaltyStart: number | null;
  /** The turn limit of the agent (T_max). */
  readonly turnLimit: number;
}

export interface Reward {
  /** 1 when the verdict is `resolved`. */
  readonly outcome: 0 | 1;
  /** In [-1, 0]. */
  readonly length_penalty: number;
  /** Their sum: paper Eq. 3. */
  readonly reward: number;
}

/**
 * The outcome of a graded trajectory; null for everything that says nothing about the policy
 * (ungraded, infra, an invalid verdict), which is never the same as 0.
 */
export function readOutcome(trajectory: Trajectory): 0 | 1 | null {
  if (trajectory.verdict === null || trajectory.verdict.outcome === "invalid") return null;
  return trajectory.verdict.outcome === "resolved" ? 1 : 0;
}

/**
 * R_len of paper Eq. 4: 0 below L_thr, then (L_thr - |t|) / (T_max - L_thr), which is -1 at T_max.
 * Held at -1 beyond T_max, and 0 when T_max <= L_thr leaves no room for a slope.
 */
export function computeLengthPenalty(turns: number, settings: RewardSettings): number {
  const start = settings.lengthPenaltyStart;
  if (start === null || turns <= start || settings.turnLimit <= start) return 0;
  return Math.max(-1, (start - turns) / (settings.turnLimit - start));
}

/** Paper Eq. 3: R_final = R + R_len. */
export function computeReward(outcome: 0 | 1, turns: number, settings: RewardSettings): Reward {
  const lengthPenalty = computeLengthPenalty(turns, settings);
  return { outcome, length_penalty: lengthPenalty, reward: outcome + lengthPenalty };
}
