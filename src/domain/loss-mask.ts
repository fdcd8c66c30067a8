import type { Trajectory } from "./trajectory.ts";

/**
 * The loss mask of rejection fine-tuning: sampled tokens train, except those of turns whose format was wrong.
 * Such turns stay in the context (paper 4.2).
 */
export function maskFormatErrorTurns(trajectory: Trajectory): (0 | 1)[] {
  const mask = [...trajectory.loss_mask];
  for (const turn of trajectory.turns) {
    if (turn.format_error === "none") continue;
    mask.fill(0, turn.sampled_start, turn.sampled_start + turn.sampled_count);
  }
  return mask;
}

export function countSampledTokens(mask: readonly number[]): number {
  return mask.reduce((count, bit) => count + bit, 0);
}
