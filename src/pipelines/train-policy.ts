import { computeIterationLearningRate, type LearningRateSchedule } from "../domain/learning-rate.ts";
import { planIterationInstances } from "../domain/plan-iteration.ts";
import { type CreditedGroups, creditGroups, type CreditSettings } from "../domain/policy-sequences.ts";
import { mean, summarizeTrajectories } from "../domain/summarize-trajectories.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { Trainer } from "../ports/trainer.ts";
import { collectRollouts } from "./collect-rollouts.ts";
import type { RolloutPorts, RolloutProgress } from "./rollout-ports.ts";
import type { StartedRun } from "./start-run.ts";
import { type OptimizerStepReport, updatePolicy, type UpdateSettings } from "./update-policy.ts";

export interface TrainSettings {
  readonly iterations: number;
  readonly instancesPerIteration: number;
  readonly groupSize: number;
  readonly credit: CreditSettings;
  readonly update: UpdateSettings;
  readonly learningRate: LearningRateSchedule;
  /** Iterations between checkpoints; the last iteration always has one. */
  readonly checkpointEvery: number;
}

export interface TrainPolicyOptions {
  readonly run: StartedRun;
  readonly ports: RolloutPorts;
  readonly trainer: Trainer;
  /** The pool. */
  readonly instances: readonly TaskInstance[];
  readonly settings: TrainSettings;
  /** Order of instances and batches, and the control's permutations. */
  readonly seed: number;
  /** False leaves the sampling seeds to the policy server. */
  readonly seedSampling: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

export type TrainProgress =
  | RolloutProgress
  | { readonly type: "iteration-start"; readonly iteration: number; readonly iterations: number }
  | ({ readonly type: "optimizer-step-end"; readonly iteration: number } & OptimizerStepReport)
  | {
      readonly type: "iteration-end";
      readonly iteration: number;
      readonly metrics: Readonly<Record<string, number>>;
    };

/**
 * The modified DAPO of the paper (section 4): per iteration, groups are sampled from the published policy, rewarded,
 * filtered by variance and turned into advantages; one epoch of updates; the new weights are published. Killed at
 * any moment, the same call goes on from the last checkpoint, with that iteration's trajectories.
 * Resolves to the metrics of the last iteration.
 */
export async function trainPolicy(options: TrainPolicyOptions): Promise<Readonly<Record<string, number>>> {
  const { run, trainer, settings, signal } = options;
  const { resumed, store } = run;
  if (resumed.isFinished) return resumed.endMetrics ?? {};
  let policyVersion = resumed.checkpoint?.policyVersion ?? 0;
  let optimizerSteps = resumed.checkpoint?.optimizerSteps ?? 0;
  let metrics: Readonly<Record<string, number>> = resumed.iterations.at(-1)?.metrics ?? {};
  if (resumed.checkpoint !== null) await trainer.loadState(resumed.checkpoint.path, signal);
  await trainer.publish(policyVersion, signal);

  for (let iteration = resumed.nextIteration; iteration < settings.iterations; iteration++) {
    options.onProgress?.({ type: "iteration-start", iteration, iterations: settings.iterations });
    const startedAt = performance.now();
    const groups = await collectRollouts({
      ...options,
      iteration,
      policyVersion,
      instances: planIterationInstances(options.instances, settings.instancesPerIteration, iteration, options.seed),
      groupSize: settings.groupSize,
      seed: options.seedSampling ? options.seed : null,
    });
    const collectedAt = performance.now();
    const credited = creditGroups(groups, settings.credit, options.seed);
    const first = optimizerSteps;
    await updatePolicy({
      trainer,
      settings: settings.update,
      sequences: credited.sequences,
      seed: `${options.seed}/${iteration}`,
      learningRateOf: (update) =>
        computeIterationLearningRate(settings.learningRate, {
          optimizerStep: first + update,
          iteration,
          iterations: settings.iterations,
        }),
      signal,
      onOptimizerStep: async (report) => {
        await store.append({
          type: "optimizer-step-end",
          iteration,
          optimizer_step: optimizerSteps++,
          trajectory_ids: [...report.trajectoryIds],
          metrics: { ...report.metrics },
        });
        options.onProgress?.({ type: "optimizer-step-end", iteration, ...report });
      },
    });
    if (optimizerSteps > first) await trainer.publish(++policyVersion, signal);
    metrics = {
      ...summarizeIteration(credited),
      policy_version: policyVersion,
      optimizer_steps: optimizerSteps - first,
      seconds_collect: (collectedAt - startedAt) / 1000,
      seconds_update: (performance.now() - collectedAt) / 1000,
    };
    await store.append({ type: "iteration-end", iteration, metrics: { ...metrics } });
    if ((iteration + 1) % settings.checkpointEvery === 0 || iteration + 1 === settings.iterations) {
      // A name of its own for every start: servers refuse to overwrite a checkpoint.
      const path = await trainer.saveState(`iteration-${iteration}-start-${resumed.starts}`, signal);
      await store.append({ type: "checkpoint-saved", iteration, policy_version: policyVersion, path });
    }
    options.onProgress?.({ type: "iteration-end", iteration, metrics });
  }
  await store.append({ type: "run-end", metrics: { ...metrics }, ended_at: new Date().toISOString() });
  return metrics;
}

function summarizeIteration({ scored, kept, dropped, sequences }: CreditedGroups): Record<string, number> {
  const trajectories = scored.flatMap((group) => group.trajectories);
  const rewards = scored.flatMap((group) => group.rewards).filter((reward) => reward !== null);
  const metrics: Record<string, number> = {
    ...summarizeTrajectories(trajectories),
    reward_mean: mean(rewards.map(({ reward }) => reward)),
    length_penalty_mean: mean(rewards.map(({ length_penalty: penalty }) => penalty)),
    groups: scored.length,
    groups_kept: kept.length,
    trajectories_trained: sequences.length,
  };
  for (const { reason } of dropped)
    metrics[`groups_dropped/${reason}`] = (metrics[`groups_dropped/${reason}`] ?? 0) + 1;
  return metrics;
}
