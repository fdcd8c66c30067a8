import { isInfra } from "./exit-status.ts";
import type { RunEvent } from "./run-event.ts";
import type { Trajectory } from "./trajectory.ts";

export interface Checkpoint {
  readonly iteration: number;
  readonly policyVersion: number;
  readonly path: string;
  /** Updates of the whole run that are in these weights. */
  readonly optimizerSteps: number;
}

export interface FineTuningState {
  /** Updates in these weights. */
  readonly updates: number;
  readonly path: string;
}

/** What a journal says is done, and where the run goes on. */
export interface ReplayedRun {
  /** How often the run was started. */
  readonly starts: number;
  readonly isFinished: boolean;
  /** Metrics of the end of the run. */
  readonly endMetrics: Readonly<Record<string, number>> | null;
  /** Exact references of the images that the run uses, by name. */
  readonly images: Readonly<Record<string, string>>;
  readonly checkpoint: Checkpoint | null;
  /** How far the fine-tuning of swerl rft is that no checkpoint holds yet. */
  readonly fineTuning: FineTuningState | null;
  /** First iteration that is not in the checkpoint. */
  readonly nextIteration: number;
  /** The last record of each place in a group that still counts, by iteration. */
  readonly trajectories: ReadonlyMap<number, readonly Trajectory[]>;
  /** Records ever written for a place in a group, those that no longer count included. */
  readonly recordCounts: ReadonlyMap<string, number>;
  /** Metrics of the iterations that still count. */
  readonly iterations: readonly { readonly iteration: number; readonly metrics: Readonly<Record<string, number>> }[];
}

/** Names one place in a group. */
export function slotOf(trajectory: { readonly group_id: string; readonly group_index: number }): string {
  return `${trajectory.group_id}#${trajectory.group_index}`;
}

/** True for a trajectory that a resumed run need not play again: it ended by the policy's doing and has a verdict. */
export function isSettled(trajectory: Trajectory): boolean {
  return !isInfra(trajectory.exit_status) && trajectory.verdict !== null && trajectory.verdict.outcome !== "invalid";
}

/**
 * Replays a journal. A start after the first goes on from the last checkpoint: iterations after the next one were
 * sampled from weights that are gone, so their records no longer count. Those of the next iteration were sampled
 * from the checkpoint's own weights and stay.
 */
export function replayRun(events: readonly RunEvent[]): ReplayedRun {
  const slots = new Map<number, Map<string, Trajectory>>();
  const recordCounts = new Map<string, number>();
  const iterations = new Map<number, Readonly<Record<string, number>>>();
  const images: Record<string, string> = {};
  let starts = 0;
  let optimizerSteps = 0;
  let checkpoint: Checkpoint | null = null;
  let fineTuning: FineTuningState | null = null;
  let endMetrics: Readonly<Record<string, number>> | null = null;
  const nextIteration = (): number => (checkpoint === null ? 0 : checkpoint.iteration + 1);

  function rollBack(): void {
    const next = nextIteration();
    for (const iteration of slots.keys()) if (iteration > next) slots.delete(iteration);
    for (const iteration of iterations.keys()) if (iteration >= next) iterations.delete(iteration);
    optimizerSteps = checkpoint?.optimizerSteps ?? fineTuning?.updates ?? 0;
  }

  for (const event of events) {
    switch (event.type) {
      case "run-start":
        if (starts++ > 0) rollBack();
        break;
      case "images-identified":
        Object.assign(images, event.images);
        break;
      case "trajectory-end": {
        const slot = slotOf(event.trajectory);
        recordCounts.set(slot, (recordCounts.get(slot) ?? 0) + 1);
        const ofIteration = slots.get(event.iteration) ?? new Map<string, Trajectory>();
        slots.set(event.iteration, ofIteration.set(slot, event.trajectory));
        break;
      }
      case "optimizer-step-end":
        optimizerSteps++;
        break;
      case "checkpoint-saved":
        checkpoint = {
          iteration: event.iteration,
          policyVersion: event.policy_version,
          path: event.path,
          optimizerSteps,
        };
        fineTuning = null;
        break;
      case "fine-tuning-saved":
        fineTuning = { updates: event.updates, path: event.path };
        break;
      case "iteration-end":
        iterations.set(event.iteration, event.metrics);
        break;
      case "run-end":
        endMetrics = event.metrics;
        break;
    }
  }
  if (endMetrics === null) rollBack();
  return {
    starts,
    isFinished: endMetrics !== null,
    endMetrics,
    images,
    checkpoint,
    fineTuning,
    nextIteration: nextIteration(),
    trajectories: new Map([...slots].map(([iteration, ofIteration]) => [iteration, [...ofIteration.values()]])),
    recordCounts,
    iterations: [...iterations].map(([iteration, metrics]) => ({ iteration, metrics })),
  };
}
