export interface LearningRateSchedule {
  readonly kind: "constant" | "cosine";
  readonly peak: number;
  /** Optimizer steps of the linear warm-up; the first update uses peak / warmup. */
  readonly warmup_optimizer_steps: number;
}

/**
 * The learning rate of the update with this index (from 0). Cosine falls from the peak after the warm-up to 0
 * where an update number `totalOptimizerSteps` would be, so that the last real update still moves.
 */
export function computeLearningRate(
  schedule: LearningRateSchedule,
  optimizerStep: number,
  totalOptimizerSteps: number,
): number {
  const warmup = schedule.warmup_optimizer_steps;
  if (optimizerStep < warmup) return (schedule.peak * (optimizerStep + 1)) / warmup;
  if (schedule.kind === "constant" || totalOptimizerSteps <= warmup) return schedule.peak;
  const progress = Math.min(1, (optimizerStep - warmup) / (totalOptimizerSteps - warmup));
  return (schedule.peak * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * The same for a run whose number of updates is not known ahead: the warm-up counts updates, the cosine counts
 * iterations.
 */
export function computeIterationLearningRate(
  schedule: LearningRateSchedule,
  at: { readonly optimizerStep: number; readonly iteration: number; readonly iterations: number },
): number {
  const decayed = computeLearningRate({ ...schedule, warmup_optimizer_steps: 0 }, at.iteration, at.iterations);
  return decayed * Math.min(1, (at.optimizerStep + 1) / Math.max(1, schedule.warmup_optimizer_steps));
}
