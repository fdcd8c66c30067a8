import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { RunEvent } from "../../src/domain/run-event.ts";
import type { Trajectory } from "../../src/domain/trajectory.ts";
import { collectRollouts, type CollectRolloutsOptions } from "../../src/pipelines/collect-rollouts.ts";
import type { RolloutPorts, TrajectoryRequest } from "../../src/pipelines/rollout-ports.ts";
import { InterruptedError, SandboxError } from "../../src/platform/errors.ts";
import { createPermits } from "../../src/platform/permits.ts";
import { createFakeTrainer } from "../fakes/fake-trainer.ts";
import { makeVerdict } from "../fakes/make-trajectory.ts";
import { startMemoryRun } from "../fakes/memory-run.ts";
import { createToyPorts, makeInstances, playToyEpisode, VOCABULARY } from "../fakes/toy-rollouts.ts";

const trainer = createFakeTrainer({
  vocabulary: VOCABULARY,
  reduction: "sum",
  stateDir: mkdtempSync(join(tmpdir(), "swerl-collect-")),
});

function collect(journal: RunEvent[], ports: RolloutPorts, options: Partial<CollectRolloutsOptions> = {}) {
  return collectRollouts({
    run: startMemoryRun(journal, "rollout"),
    ports,
    iteration: 0,
    policyVersion: 0,
    instances: makeInstances(4),
    groupSize: 3,
    seed: 1,
    signal: new AbortController().signal,
    retryPauseMs: 1,
    ...options,
  });
}
const idsIn = (journal: readonly RunEvent[]): string[] =>
  journal.flatMap((event) => (event.type === "trajectory-end" ? [event.trajectory.trajectory_id] : []));
const failing = (request: TrajectoryRequest): Trajectory => ({
  ...playToyEpisode(trainer, request),
  exit_status: "infra.policy",
  exit_detail: "connection refused",
});

describe("collectRollouts", () => {
  it("plays, grades and records every place of every group once", async () => {
    const journal: RunEvent[] = [];
    const groups = await collect(journal, createToyPorts(trainer));
    expect(groups.map((group) => group.trajectories.map((each) => each.group_index))).toEqual(
      Array.from({ length: 4 }, () => [0, 1, 2]),
    );
    expect(groups.flatMap((group) => group.trajectories).every((each) => each.verdict !== null)).toBe(true);
    expect(new Set(idsIn(journal)).size).toBe(12);
    expect(idsIn(journal)).toHaveLength(12);
  });

  it("resumes: what is settled is neither played nor written again, what is not is", async () => {
    const journal: RunEvent[] = [];
    await collect(journal, createToyPorts(trainer));
    const lost = journal.findIndex((event) => event.type === "trajectory-end");
    const [removed] = journal.splice(lost, 1);
    const played: string[] = [];
    const ports = createToyPorts(trainer, async (request) => {
      played.push(request.trajectory_id);
      return playToyEpisode(trainer, request);
    });
    const groups = await collect(journal, ports);
    const id = removed?.type === "trajectory-end" ? removed.trajectory.trajectory_id : "";
    expect(played).toEqual([id]);
    expect(idsIn(journal)).toHaveLength(12);
    expect(groups.flatMap((group) => group.trajectories)).toHaveLength(12);
  });

  it("plays again what another policy version sampled, under new ids", async () => {
    const journal: RunEvent[] = [];
    await collect(journal, createToyPorts(trainer));
    const groups = await collect(journal, createToyPorts(trainer), { policyVersion: 5 });
    expect(groups[0]?.trajectories[0]?.trajectory_id).toBe("i0.toy-0-0-a1");
    expect(new Set(idsIn(journal)).size).toBe(24);
  });

  it("repeats infra endings and invalid verdicts, with another seed, and takes the good ending", async () => {
    const journal: RunEvent[] = [];
    const seeds: (number | undefined)[] = [];
    let graded = 0;
    const ports = createToyPorts(trainer, async (request) => {
      if (request.instance.instance_id !== "toy-1" || request.group_index !== 0)
        return playToyEpisode(trainer, request);
      seeds.push(request.seed);
      if (seeds.length === 1) throw new SandboxError("SWERL_SANDBOX_IMAGE_MISSING", "gone");
      return seeds.length === 2 ? failing(request) : playToyEpisode(trainer, request);
    });
    const grader: RolloutPorts["grader"] = {
      grade: async (instance, patch, signal) => {
        if (instance.instance_id === "toy-2" && ++graded < 3) return makeVerdict(null);
        return await ports.grader.grade(instance, patch, signal);
      },
    };
    const groups = await collect(journal, { ...ports, grader });
    expect(new Set(seeds).size).toBe(3);
    expect(groups[1]?.trajectories[0]?.trajectory_id).toBe("i0.toy-1-0-a2");
    const verdicts = groups.flatMap((group) => group.trajectories.map((each) => each.verdict?.outcome));
    expect(verdicts).not.toContain("invalid");
    expect(verdicts).not.toContain(undefined);
    expect(idsIn(journal)).toHaveLength(12);
  });

  it("records what stays infra without a verdict, and plays it again on resume", async () => {
    const journal: RunEvent[] = [];
    let isBroken = true;
    const ports = createToyPorts(trainer, async (request) =>
      isBroken && request.group_index === 0 ? failing(request) : playToyEpisode(trainer, request),
    );
    const first = await collect(journal, ports);
    expect(first.map((group) => group.trajectories[0]?.verdict)).toEqual([null, null, null, null]);
    isBroken = false;
    const second = await collect(journal, ports);
    expect(second.every((group) => group.trajectories[0]?.verdict !== null)).toBe(true);
    expect(new Set(idsIn(journal)).size).toBe(16);
  });

  it("stops a run in which infrastructure ends most trajectories, and says which part", async () => {
    const played: string[] = [];
    const ports = createToyPorts(trainer, async (request) => {
      played.push(request.group_id);
      return failing(request);
    });
    await expect(collect([], ports, { instances: makeInstances(200) })).rejects.toMatchObject({
      code: "SWERL_TOO_MUCH_INFRA",
      message: expect.stringContaining("infra.policy, connection refused"),
    });
    expect(played.length).toBeLessThan(100);
  });

  it.each(["open", "grading"])("stops a run at a full disk that leaves no room for a sandbox: %s", async (where) => {
    const full = new SandboxError("SWERL_DISK_FULL", "/data: 0 MiB free");
    const journal: RunEvent[] = [];
    let isFull = false;
    const toy = createToyPorts(trainer);
    const ports: RolloutPorts = {
      ...toy,
      sampleTrajectory: async (request) => {
        isFull = idsIn(journal).length > 0;
        if (isFull && where === "open") throw full;
        return toy.sampleTrajectory(request);
      },
      grader: {
        grade: async (...call) => {
          if (isFull && where === "grading") throw full;
          return toy.grader.grade(...call);
        },
      },
      trajectoryPermits: createPermits(1),
    };
    await expect(collect(journal, ports)).rejects.toMatchObject({
      code: "SWERL_DISK_FULL",
      message: "/data: 0 MiB free",
      hint: expect.stringContaining("run the same command again"),
    });
    const kept = idsIn(journal);
    await collect(journal, toy);
    expect(idsIn(journal).slice(0, kept.length)).toEqual(kept);
    expect(new Set(idsIn(journal)).size).toBe(12);
    expect(idsIn(journal)).toHaveLength(12);
  });

  it("on abort waits for what is in flight, keeps what is finished, and rejects with the reason", async () => {
    const journal: RunEvent[] = [];
    const controller = new AbortController();
    const reason = new InterruptedError();
    let inFlight = 0;
    const ports = createToyPorts(trainer, async (request) => {
      inFlight++;
      if (idsIn(journal).length >= 3) controller.abort(reason);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight--;
      const trajectory = playToyEpisode(trainer, request);
      return request.signal.aborted ? { ...trajectory, exit_status: "interrupted" as const } : trajectory;
    });
    const small = { ...ports, trajectoryPermits: createPermits(2) };
    await expect(collect(journal, small, { signal: controller.signal })).rejects.toBe(reason);
    expect(inFlight).toBe(0);
    const kept = idsIn(journal).length;
    expect(kept).toBeGreaterThanOrEqual(3);
    expect(kept).toBeLessThan(12);
    await collect(journal, createToyPorts(trainer));
    expect(new Set(idsIn(journal)).size).toBe(12);
    expect(idsIn(journal)).toHaveLength(12);
  });

  it("holds the caps on episodes and gradings, and grades while others still play", async () => {
    let playing = 0;
    let grading = 0;
    let mostPlaying = 0;
    let mostGrading = 0;
    let overlapped = false;
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));
    const toy = createToyPorts(trainer);
    const ports: RolloutPorts = {
      ...toy,
      sampleTrajectory: async (request) => {
        mostPlaying = Math.max(mostPlaying, ++playing);
        await pause();
        playing--;
        return playToyEpisode(trainer, request);
      },
      grader: {
        grade: async (instance, patch, signal) => {
          mostGrading = Math.max(mostGrading, ++grading);
          overlapped ||= playing > 0;
          await pause();
          grading--;
          return await toy.grader.grade(instance, patch, signal);
        },
      },
      trajectoryPermits: createPermits(5),
      gradingPermits: createPermits(2),
    };
    await collect([], ports, { instances: makeInstances(10) });
    expect(mostPlaying).toBe(5);
    expect(mostGrading).toBeLessThanOrEqual(2);
    expect(overlapped).toBe(true);
  });
});
