import type { Config } from "../config/schema.ts";
import { isSamplingSeeded, toAdam, toLearningRate, toRewardSettings } from "../config/to-training-settings.ts";
import { trainPolicy, type TrainProgress, type TrainSettings } from "../pipelines/train-policy.ts";
import type { Trainer } from "../ports/trainer.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { formatDuration, formatShare } from "./format.ts";
import { planRun, renderPlan } from "./plan-run.ts";
import type { Progress } from "./progress.ts";
import { renderMetrics } from "./render-metrics.ts";
import { watchRollouts } from "./watch-rollouts.ts";
import { withRun } from "./with-run.ts";
import { type IterationMetrics, writeMetrics } from "./write-metrics.ts";

/** `swerl train`: the modified DAPO. */
export async function train(flags: SharedFlags, context: CommandContext): Promise<number> {
  const plan = await planRun(flags, "train");
  const { run: runSettings, train: section } = plan.config;
  if (flags.dryRun) {
    const each = Math.min(section.instances_per_iteration, plan.instances.length);
    const detail = `${section.iterations} iterations of ${each} instances x ${section.group_size} trajectories`;
    context.stdout.write(renderPlan(plan, [detail]));
    return EXIT_CODES.ok;
  }
  const metrics = await withRun(plan, context, {
    withTrainer: true,
    recall: (run) => run.resumed.endMetrics ?? {},
    work: async ({ run, ports, engines, progress, signal }) => {
      const iterations: IterationMetrics[] = [...run.resumed.iterations];
      try {
        return await trainPolicy({
          run,
          ports,
          trainer: engines.trainer as Trainer,
          instances: plan.instances,
          settings: toTrainSettings(plan.config),
          seed: runSettings.seed,
          seedSampling: isSamplingSeeded(plan.config),
          signal,
          onProgress: watchTraining(progress, section.iterations, iterations),
        });
      } finally {
        await writeMetrics(plan.directory, iterations);
      }
    },
  });
  const result = { run: plan.directory, ...metrics };
  context.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : renderMetrics(plan.directory, metrics));
  return EXIT_CODES.ok;
}

function toTrainSettings(config: Config): TrainSettings {
  const { train: section } = config;
  return {
    iterations: section.iterations,
    instancesPerIteration: section.instances_per_iteration,
    groupSize: section.group_size,
    credit: {
      reward: toRewardSettings(config),
      filterMetric: section.filter_groups_metric,
      advantageDelta: section.advantage_epsilon,
      shuffleRewards: section.shuffle_rewards,
    },
    update: {
      batchSize: section.batch_size,
      clipRatioLow: section.clip_ratio_low,
      clipRatioHigh: section.clip_ratio_high,
      adam: toAdam(section),
      maxLogprobDifference: { mean: section.max_logprob_difference_mean, p99: section.max_logprob_difference_p99 },
    },
    learningRate: toLearningRate(section),
    checkpointEvery: section.checkpoint_every,
  };
}

/** A line of rollouts and a line of updates for each iteration, and after it what it brought and the time left. */
function watchTraining(
  progress: Progress,
  total: number,
  finished: IterationMetrics[],
): (event: TrainProgress) => void {
  const watch = watchRollouts(progress, (iteration) => `iteration ${iteration + 1}/${total} rollouts`);
  const startedAt = performance.now();
  const before = finished.length;
  return (event) => {
    switch (event.type) {
      case "iteration-start":
        break;
      case "optimizer-step-end":
        if (event.update === 0) progress.start(`iteration ${event.iteration + 1}/${total} updates`, event.updates, 1);
        progress.update(event.update + 1, `gradient norm ${(event.metrics["grad_norm"] ?? Number.NaN).toFixed(3)}`);
        if (event.update + 1 === event.updates) progress.finish();
        break;
      case "iteration-end": {
        finished.push({ iteration: event.iteration, metrics: event.metrics });
        const seconds = (performance.now() - startedAt) / 1000 / (finished.length - before);
        const left = (total - event.iteration - 1) * seconds;
        progress.note(
          `${describeIteration(event.iteration, total, event.metrics)}, ${formatDuration(left)} left in all`,
        );
        break;
      }
      default:
        watch(event);
    }
  };
}

function describeIteration(iteration: number, total: number, metrics: Readonly<Record<string, number>>): string {
  const { resolved_rate: resolved = 0, reward_mean: reward = 0, groups_kept: kept = 0, groups = 0 } = metrics;
  return (
    `iteration ${iteration + 1}/${total}: ${formatShare(resolved)} resolved, reward ${reward.toFixed(3)}, ` +
    `${kept} of ${groups} groups with a signal, ${metrics["optimizer_steps"] ?? 0} optimizer steps`
  );
}
