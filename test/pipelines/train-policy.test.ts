import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createRandom } from "../../src/domain/random.ts";
import type { RunEvent } from "../../src/domain/run-event.ts";
import type { Reduction } from "../../src/domain/training-datum.ts";
import { trainPolicy, type TrainPolicyOptions, type TrainSettings } from "../../src/pipelines/train-policy.ts";
import { InterruptedError } from "../../src/platform/errors.ts";
import { createFakeTrainer, type FakeTrainer } from "../fakes/fake-trainer.ts";
import { startMemoryRun } from "../fakes/memory-run.ts";
import { createToyPorts, makeInstances, playToyEpisode, VOCABULARY } from "../fakes/toy-rollouts.ts";

const settings: TrainSettings = {
  iterations: 12,
  instancesPerIteration: 6,
  groupSize: 8,
  credit: {
    reward: { lengthPenaltyStart: null, turnLimit: 10 },
    filterMetric: "outcome",
    advantageDelta: 1e-6,
    shuffleRewards: false,
  },
  update: {
    batchSize: 16,
    clipRatioLow: 0.2,
    clipRatioHigh: 0.3,
    adam: { beta1: 0, beta2: 0.999, eps: 1e-8, weight_decay: 0, grad_clip_norm: 100 },
    maxLogprobDifference: { mean: 1e-9, p99: 1e-9 },
  },
  learningRate: { kind: "constant", peak: 20, warmup_optimizer_steps: 0 },
  checkpointEvery: 3,
};
const instances = makeInstances(20);
let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "swerl-train-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const makeTrainer = (reduction: Reduction = "sum", publishes = true): FakeTrainer =>
  createFakeTrainer({
    vocabulary: VOCABULARY,
    reduction,
    stateDir: mkdtempSync(join(stateDir, "trainer-")),
    publishes,
  });

function train(journal: RunEvent[], trainer: FakeTrainer, options: Partial<TrainPolicyOptions> = {}) {
  return trainPolicy({
    run: startMemoryRun(journal, "train"),
    ports: createToyPorts(trainer),
    trainer,
    instances,
    settings,
    seed: 3,
    seedSampling: true,
    signal: new AbortController().signal,
    ...options,
  });
}

/** Share of fresh episodes that hold the wanted token. */
function measure(trainer: FakeTrainer): number {
  const random = createRandom("measure");
  const resolved = Array.from({ length: 400 }, () => {
    const episode = playToyEpisode(trainer, {
      instance: instances[0] as (typeof instances)[number],
      spec: {} as never,
      trajectory_id: "m",
      group_id: "g",
      group_index: 0,
      seed: random.integer(2 ** 31),
      signal: new AbortController().signal,
    });
    return episode.model_patch.includes("7") ? 1 : 0;
  });
  return resolved.reduce<number>((sum, value) => sum + value, 0) / resolved.length;
}

describe("trainPolicy", () => {
  it("learns from outcomes, and learns nothing when they are shuffled inside each group", async () => {
    const before = measure(makeTrainer());
    const trainer = makeTrainer();
    await train([], trainer);
    const control = makeTrainer();
    await train([], control, { settings: { ...settings, credit: { ...settings.credit, shuffleRewards: true } } });
    expect(measure(trainer)).toBeGreaterThan(before + 0.3);
    expect(Math.abs(measure(control) - before)).toBeLessThan(0.2);
  });

  it("takes the same path whichever reduction the trainer has", async () => {
    const sum = makeTrainer("sum");
    const means = makeTrainer("mean-of-sequence-means");
    await train([], sum);
    await train([], means);
    means
      .weights()
      .flat()
      .forEach((value, index) => expect(value).toBeCloseTo(sum.weights().flat()[index] as number, 9));
  });

  it("interrupted anywhere and resumed, ends with the weights of an uninterrupted run and every trajectory once", async () => {
    const reference = makeTrainer();
    await train([], reference);
    for (const stopAt of [1, 30, 60, 150, 170, 260, 400, 500]) {
      const journal: RunEvent[] = [];
      let trainer = makeTrainer();
      for (let starts = 0; ; starts++) {
        const controller = new AbortController();
        let seen = 0;
        try {
          await train(journal, trainer, {
            signal: controller.signal,
            onProgress: () => {
              if (starts < 3 && ++seen === stopAt) controller.abort(new InterruptedError());
            },
          });
          break;
        } catch (error) {
          expect(error).toBeInstanceOf(InterruptedError);
          trainer = makeTrainer();
        }
      }
      expect(trainer.weights()).toEqual(reference.weights());
      const trained = journal.flatMap((event) =>
        event.type === "trajectory-end" ? [event.trajectory.trajectory_id] : [],
      );
      expect(new Set(trained).size).toBe(trained.length);
    }
  });

  it("does nothing on a finished run", async () => {
    const journal: RunEvent[] = [];
    const metrics = await train(journal, makeTrainer(), { settings: { ...settings, iterations: 1 } });
    const length = journal.length;
    const idle = makeTrainer();
    expect(await train(journal, idle, { settings: { ...settings, iterations: 1 } })).toEqual(metrics);
    expect(journal).toHaveLength(length);
    expect(idle.optimizerSteps()).toBe(0);
  });

  it("counts what it drops: generated = trained + dropped", async () => {
    const journal: RunEvent[] = [];
    await train(journal, makeTrainer());
    for (const event of journal) {
      if (event.type !== "iteration-end") continue;
      const { metrics } = event;
      const dropped = Object.entries(metrics)
        .filter(([key]) => key.startsWith("groups_dropped/"))
        .reduce((sum, [, count]) => sum + count, 0);
      expect((metrics["groups_kept"] as number) + dropped).toBe(6);
      expect(metrics["trajectories_trained"]).toBe((metrics["groups_kept"] as number) * 8);
    }
  });

  it("stops before the first update when the sampler does not have the trainer's weights", async () => {
    const trainer = makeTrainer("sum", false);
    await expect(train([], trainer)).rejects.toMatchObject({ code: "SWERL_LOGPROB_MISMATCH" });
    // The first iteration samples from the same zero weights; the second sees the stale ones.
    const updates = trainer.optimizerSteps();
    expect(updates).toBeGreaterThan(0);
    expect(updates).toBeLessThanOrEqual(3);
  });

  it("keeps version and weights when no group has variance", async () => {
    const journal: RunEvent[] = [];
    const trainer = makeTrainer();
    const ports = createToyPorts(trainer, async (request) => ({
      ...playToyEpisode(trainer, request),
      model_patch: "[]",
    }));
    const metrics = await train(journal, trainer, { ports, settings: { ...settings, iterations: 2 } });
    expect(metrics).toMatchObject({ policy_version: 0, optimizer_steps: 0, "groups_dropped/none_resolved": 6 });
    expect(trainer.optimizerSteps()).toBe(0);
  });
});
