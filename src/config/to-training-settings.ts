import type { LearningRateSchedule } from "../domain/learning-rate.ts";
import type { RewardSettings } from "../domain/reward.ts";
import type { Config } from "./schema.ts";

/** Larger than any gradient: what null, no clipping, means to an engine that always clips. */
const NO_CLIPPING = 1e9;

export function toRewardSettings({
  reward,
  agent,
}: Pick<Config, "reward"> & { agent: { max_turns: number } }): RewardSettings {
  return { lengthPenaltyStart: reward.length_penalty_threshold, turnLimit: agent.max_turns };
}

export function toLearningRate(section: Config["rft"] | Config["train"]): LearningRateSchedule {
  return {
    kind: section.schedule,
    peak: section.learning_rate,
    warmup_optimizer_steps: section.warmup_optimizer_steps,
  };
}

/** AdamW without its learning rate, which the schedule gives. */
export function toAdam(section: Config["rft"] | Config["train"]) {
  return {
    beta1: section.beta1,
    beta2: section.beta2,
    eps: section.epsilon,
    weight_decay: section.weight_decay,
    grad_clip_norm: section.grad_clip_norm ?? NO_CLIPPING,
  };
}

/** Whether sampling requests carry seeds. */
export function isSamplingSeeded({ run, policy }: Config): boolean {
  return run.seed_sampling ?? policy.kind === "embedded";
}
