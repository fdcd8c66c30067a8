import {
  computeBootstrapInterval,
  computePassAtK,
  computePassAtOne,
  computeWilsonInterval,
  type InstanceResult,
  type Interval,
} from "./pass-at-k.ts";
import { readOutcome } from "./reward.ts";
import type { TrajectoryGroup } from "./scored-group.ts";
import { summarizeTrajectories } from "./summarize-trajectories.ts";

export interface InstanceEvaluation extends InstanceResult {
  readonly instance_id: string;
}

export interface Evaluation {
  readonly instances: readonly InstanceEvaluation[];
  /** Mean over instances; attempts without a verdict count as not resolved, and are listed apart. */
  readonly pass_at_1: number;
  /** Clustered by instance; null with one instance. */
  readonly standard_error: number | null;
  /** Cluster bootstrap interval of pass@1. */
  readonly interval: Interval;
  /** Of the share of instances resolved at least once: a proportion of independent trials. */
  readonly resolved_once: { readonly rate: number; readonly interval: Interval };
  /** For k = 1, 2, 4, ... up to the attempts of each instance. */
  readonly pass_at_k: Readonly<Record<string, number>>;
  /** Counts and means of the trajectories. */
  readonly metrics: Readonly<Record<string, number>>;
}

export function evaluateGroups(
  groups: readonly TrajectoryGroup[],
  options: { readonly seed: number; readonly confidence: number },
): Evaluation {
  const instances = groups.map(({ instance_id: instanceId, trajectories }) => ({
    instance_id: instanceId,
    attempts: trajectories.length,
    resolved: trajectories.filter((trajectory) => readOutcome(trajectory) === 1).length,
  }));
  const passAtOne = computePassAtOne(instances);
  const once = instances.filter(({ resolved }) => resolved > 0).length;
  return {
    instances,
    pass_at_1: passAtOne.mean,
    standard_error: passAtOne.standard_error,
    interval: computeBootstrapInterval(instances, { seed: String(options.seed), confidence: options.confidence }),
    resolved_once: {
      rate: instances.length === 0 ? 0 : once / instances.length,
      interval: computeWilsonInterval(once, instances.length),
    },
    pass_at_k: passAtPowersOfTwo(instances),
    metrics: summarizeTrajectories(groups.flatMap((group) => group.trajectories)),
  };
}

/** The evaluation as flat numbers, for a journal. */
export function flattenEvaluation(evaluation: Evaluation): Record<string, number> {
  return {
    ...evaluation.metrics,
    instances: evaluation.instances.length,
    pass_at_1: evaluation.pass_at_1,
    ...(evaluation.standard_error === null ? {} : { standard_error: evaluation.standard_error }),
    interval_low: evaluation.interval.low,
    interval_high: evaluation.interval.high,
    ...Object.fromEntries(Object.entries(evaluation.pass_at_k).map(([k, rate]) => [`pass_at_k/${k}`, rate])),
  };
}

function passAtPowersOfTwo(instances: readonly InstanceResult[]): Record<string, number> {
  const rates: Record<string, number> = {};
  const smallest = Math.min(...instances.map(({ attempts }) => attempts));
  for (let k = 1; k <= smallest && Number.isFinite(smallest); k *= 2) {
    rates[String(k)] = computePassAtK(instances, k) as number;
  }
  return rates;
}
