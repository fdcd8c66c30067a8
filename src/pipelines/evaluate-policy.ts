import { type Evaluation, evaluateGroups, flattenEvaluation } from "../domain/evaluation.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import { collectRollouts } from "./collect-rollouts.ts";
import type { RolloutPorts, RolloutProgress } from "./rollout-ports.ts";
import type { StartedRun } from "./start-run.ts";

export interface EvaluatePolicyOptions {
  readonly run: StartedRun;
  readonly ports: RolloutPorts;
  readonly instances: readonly TaskInstance[];
  readonly trajectoriesPerInstance: number;
  /** Level of the bootstrap interval, e.g. 0.95. */
  readonly confidence: number;
  readonly seed: number;
  readonly seedSampling: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RolloutProgress) => void;
}

/**
 * Plays every instance `trajectoriesPerInstance` times with the policy as it is, and summarises. Also `swerl rollout`:
 * the same without a claim. A finished run is summarised from its journal.
 */
export async function evaluatePolicy(options: EvaluatePolicyOptions): Promise<Evaluation> {
  const { run, seed, confidence } = options;
  const groups = await collectRollouts({
    ...options,
    iteration: 0,
    policyVersion: null,
    groupSize: options.trajectoriesPerInstance,
    seed: options.seedSampling ? seed : null,
  });
  const evaluation = evaluateGroups(groups, { seed, confidence });
  if (!run.resumed.isFinished) {
    const metrics = flattenEvaluation(evaluation);
    await run.store.append({ type: "iteration-end", iteration: 0, metrics });
    await run.store.append({ type: "run-end", metrics, ended_at: new Date().toISOString() });
  }
  return evaluation;
}
