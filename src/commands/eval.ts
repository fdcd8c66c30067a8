import { isSamplingSeeded } from "../config/to-training-settings.ts";
import { type Evaluation, evaluateGroups } from "../domain/evaluation.ts";
import type { Trajectory } from "../domain/trajectory.ts";
import type { StartedRun } from "../pipelines/start-run.ts";
import { evaluatePolicy } from "../pipelines/evaluate-policy.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { formatShare } from "./format.ts";
import { planRun, renderPlan, type RunPlan } from "./plan-run.ts";
import { watchRollouts } from "./watch-rollouts.ts";
import { withRun } from "./with-run.ts";

/** `swerl eval`: pass@1 and pass@k with their intervals. */
export function evaluate(flags: SharedFlags, context: CommandContext): Promise<number> {
  return measure(flags, context, "eval", (plan) => plan.config.eval.trajectories_per_instance);
}

/** What `swerl eval` and `swerl rollout` share: play every instance so often, grade, summarise. */
export async function measure(
  flags: SharedFlags,
  context: CommandContext,
  command: "eval" | "rollout",
  attemptsOf: (plan: RunPlan) => number,
): Promise<number> {
  const plan = await planRun(flags, command);
  const attempts = attemptsOf(plan);
  if (flags.dryRun) {
    context.stdout.write(renderPlan(plan, [`${attempts} trajectories of each instance`]));
    return EXIT_CODES.ok;
  }
  const { run: settings, eval: evaluation } = plan.config;
  const result = await withRun(plan, context, {
    withTrainer: plan.config.policy.kind === "embedded",
    recall: (run) => recallEvaluation(run, { seed: settings.seed, confidence: evaluation.confidence }),
    work: async ({ run, ports, engines, progress, signal }) => {
      await engines.trainer?.publish(0, signal);
      return evaluatePolicy({
        run,
        ports,
        instances: plan.instances,
        trajectoriesPerInstance: attempts,
        confidence: evaluation.confidence,
        seed: settings.seed,
        seedSampling: isSamplingSeeded(plan.config),
        signal,
        onProgress: watchRollouts(progress, () => command),
      });
    },
  });
  context.stdout.write(flags.json ? `${JSON.stringify(toJson(plan, result))}\n` : renderEvaluation(plan, result));
  return EXIT_CODES.ok;
}

function recallEvaluation(run: StartedRun, options: { seed: number; confidence: number }): Evaluation {
  const groups = new Map<string, Trajectory[]>();
  for (const trajectory of [...run.resumed.trajectories.values()].flat()) {
    groups.set(trajectory.group_id, [...(groups.get(trajectory.group_id) ?? []), trajectory]);
  }
  return evaluateGroups(
    [...groups].map(([group_id, trajectories]) => ({
      group_id,
      instance_id: trajectories[0]?.instance_id ?? group_id,
      trajectories,
    })),
    options,
  );
}

function toJson(plan: RunPlan, evaluation: Evaluation) {
  const { interval, pass_at_k: passAtK } = evaluation;
  return {
    run: plan.directory,
    instances: evaluation.instances.length,
    trajectories: evaluation.metrics["trajectories"],
    pass_at_1: evaluation.pass_at_1,
    pass_at_1_interval: [interval.low, interval.high],
    standard_error: evaluation.standard_error,
    pass_at_k: Object.values(passAtK).at(-1) ?? null,
    pass_at: passAtK,
    resolved_once: evaluation.resolved_once,
    metrics: evaluation.metrics,
  };
}

function renderEvaluation(plan: RunPlan, evaluation: Evaluation): string {
  const { metrics, interval, resolved_once: once } = evaluation;
  const level = `${plan.config.eval.confidence * 100} %`;
  const statuses = Object.entries(metrics)
    .filter(([key]) => key.startsWith("exit_status/"))
    .map(([key, count]) => `${count} ${key.slice("exit_status/".length)}`);
  const rows = [
    ["task instances", String(evaluation.instances.length)],
    ["trajectories", String(metrics["trajectories"])],
    [
      "pass@1",
      `${formatShare(evaluation.pass_at_1)}  (${level} interval ${formatShare(interval.low)} to ${formatShare(interval.high)})`,
    ],
    ...Object.entries(evaluation.pass_at_k)
      .filter(([k]) => k !== "1")
      .map(([k, rate]) => [`pass@${k}`, formatShare(rate)]),
    [
      "resolved once",
      `${formatShare(once.rate)}  (${formatShare(once.interval.low)} to ${formatShare(once.interval.high)})`,
    ],
    ["turns", (metrics["turns_mean"] ?? 0).toFixed(1)],
    ["sampled tokens", (metrics["sampled_tokens_mean"] ?? 0).toFixed(0)],
    ["exit statuses", statuses.join(", ")],
    ["not counted", `${metrics["infra"] ?? 0} infrastructure, ${metrics["invalid"] ?? 0} invalid verdicts`],
    ["run", plan.directory],
  ];
  return rows.map(([name, value]) => `${(name ?? "").padEnd(16)}${value}\n`).join("");
}
