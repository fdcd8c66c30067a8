import { isInfra } from "../domain/exit-status.ts";
import { findCommandSuspicions } from "../domain/grading/find-suspicions.ts";
import { deriveSeed } from "../domain/random.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { Trajectory } from "../domain/trajectory.ts";
import type { Verdict } from "../domain/verdict.ts";
import { sleep } from "../platform/deadline.ts";
import { SandboxError, SwerlError } from "../platform/errors.ts";
import type { RolloutPorts, RolloutProgress } from "./rollout-ports.ts";

export interface PlayMemberOptions {
  readonly ports: RolloutPorts;
  readonly instance: TaskInstance;
  readonly groupId: string;
  readonly groupIndex: number;
  /** Attempts at this place that are already recorded; each attempt has its own trajectory id. */
  readonly earlierAttempts: number;
  /** Seeds the sampling, each attempt otherwise; null leaves it to the server. */
  readonly seed: number | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RolloutProgress) => void;
  readonly retryPauseMs: number;
}

const MAX_ATTEMPTS = 3;

/**
 * Fills one place of a group: plays an episode and has it graded. Endings by infrastructure are played again
 * twice, invalid verdicts graded again twice; what remains after that is recorded as it is and trains nobody.
 * Rejects with the abort reason when interrupted, and when a full disk leaves no room for a sandbox.
 */
export async function playMember(options: PlayMemberOptions): Promise<Trajectory> {
  for (let attempt = 0; ; attempt++) {
    const trajectory = await options.ports.trajectoryPermits.run(() => playOnce(options, attempt), options.signal);
    options.signal.throwIfAborted();
    if (!isInfra(trajectory.exit_status)) {
      const verdict = await gradeWithRetries(options, trajectory.model_patch);
      return { ...trajectory, verdict: addFlags(verdict, findCommandSuspicions(trajectory.turns)) };
    }
    // An open waits for room; one that has found none says that no other will.
    if (trajectory.turns.length === 0) throwOnFullDisk(trajectory.exit_detail);
    if (attempt + 1 >= MAX_ATTEMPTS) return trajectory;
    options.onProgress({ type: "trajectory-retry", trajectory, attempt: attempt + 1 });
    await sleep(options.retryPauseMs * 3 ** attempt * (0.5 + Math.random()), options.signal);
  }
}

async function playOnce(options: PlayMemberOptions, attempt: number): Promise<Trajectory> {
  const { ports, instance, groupId, groupIndex, seed, signal } = options;
  const place = `${groupId}-${groupIndex}`;
  const recorded = options.earlierAttempts + attempt;
  const trajectoryId = recorded === 0 ? place : `${place}-a${recorded}`;
  try {
    const spec = await ports.tasks.prepare(instance, signal);
    return await ports.sampleTrajectory({
      instance,
      spec,
      trajectory_id: trajectoryId,
      group_id: groupId,
      group_index: groupIndex,
      // Not from the id: a resumed run that samples an iteration anew from the same weights takes the same path.
      ...(seed === null ? {} : { seed: deriveSeed(`${seed}/${place}/${attempt}`) }),
      signal,
    });
  } catch (error) {
    // The tree or the image could not be had: the same lane as a sandbox that could not be opened.
    if (!(error instanceof SandboxError)) throw error;
    return emptyTrajectory(options, trajectoryId, `${error.code}: ${error.message}`);
  }
}

/** A full disk is mended by a person: the run stops, and the places that are left are played when it goes on. */
function throwOnFullDisk(reason: string | undefined): void {
  const [, shortage] = /^SWERL_DISK_FULL: (.*)$/s.exec(reason ?? "") ?? [];
  if (shortage === undefined) return;
  throw new SwerlError("SWERL_DISK_FULL", shortage, {
    hint: "free some space there (swerl gc), then run the same command again: what is on disk is whole",
  });
}

/** What the episode's commands look like, beside what its patch looks like. */
function addFlags(verdict: Verdict, flags: readonly string[]): Verdict {
  if (verdict.outcome === "invalid" || flags.length === 0) return verdict;
  return { ...verdict, flags: [...(verdict.flags ?? []), ...flags] };
}

async function gradeWithRetries(options: PlayMemberOptions, patch: string): Promise<Verdict> {
  const { ports, instance, signal } = options;
  for (let attempt = 0; ; attempt++) {
    const verdict = await ports.gradingPermits.run(() => gradeOnce(ports, instance, patch, signal), signal);
    if (verdict.outcome !== "invalid") return verdict;
    throwOnFullDisk(verdict.reason);
    if (attempt + 1 >= MAX_ATTEMPTS) return verdict;
    await sleep(options.retryPauseMs * 3 ** attempt * (0.5 + Math.random()), signal);
  }
}

async function gradeOnce(
  ports: RolloutPorts,
  instance: TaskInstance,
  patch: string,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    return await ports.grader.grade(instance, patch, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SandboxError)) throw error;
    return { outcome: "invalid", reason: `${error.code}: ${error.message}`, duration_ms: 0 };
  }
}

function emptyTrajectory(options: PlayMemberOptions, trajectoryId: string, detail: string): Trajectory {
  return {
    format: "swerl.trajectory/1",
    trajectory_id: trajectoryId,
    instance_id: options.instance.instance_id,
    group_id: options.groupId,
    group_index: options.groupIndex,
    exit_status: "infra.sandbox",
    exit_detail: detail,
    turns: [],
    token_ids: [],
    loss_mask: [],
    logprobs: [],
    model_patch: "",
    verdict: null,
    duration_ms: 0,
  };
}
