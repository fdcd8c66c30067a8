import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openRunStore } from "../../src/adapters/files/run-store.ts";
import { createCompletionsPolicy } from "../../src/adapters/policy/completions-policy.ts";
import { SWERL_DIALECT } from "../../src/adapters/tinker/dialect.ts";
import { startEmbeddedWorker } from "../../src/adapters/tinker/embedded-worker.ts";
import { createTinkerClient } from "../../src/adapters/tinker/tinker-client.ts";
import { createTinkerTrainer } from "../../src/adapters/tinker/tinker-trainer.ts";
import type { Trajectory } from "../../src/domain/trajectory.ts";
import type { RolloutPorts, TrajectoryRequest } from "../../src/pipelines/rollout-ports.ts";
import { startRun } from "../../src/pipelines/start-run.ts";
import { trainPolicy, type TrainProgress } from "../../src/pipelines/train-policy.ts";
import { InterruptedError } from "../../src/platform/errors.ts";
import { createPermits } from "../../src/platform/permits.ts";
import type { Policy } from "../../src/ports/policy.ts";
import { makeTrajectory, makeVerdict } from "../fakes/make-trajectory.ts";
import { findTrainerPython, writeTinyModel } from "../fakes/tiny-model.ts";
import { makeInstances } from "../fakes/toy-rollouts.ts";

const python = findTrainerPython();
const PROMPT = [3, 1, 4, 1, 5];
const SAMPLED = 8;

/** One turn of eight tokens; resolved when most of them have ids below 48. */
async function playEpisode(policy: Policy, request: TrajectoryRequest): Promise<Trajectory> {
  const completion = await policy.sample(
    {
      prompt_token_ids: PROMPT,
      sampling: { temperature: 1, top_p: 1, top_k: -1, min_p: 0, stop_token_ids: [90] },
      max_tokens: SAMPLED,
      ...(request.seed === undefined ? {} : { seed: request.seed }),
    },
    request.signal,
  );
  const count = completion.token_ids.length;
  const shape = makeTrajectory({ ...request, instance_id: request.instance.instance_id, turns: 1 });
  const [turn] = shape.turns;
  if (turn === undefined) throw new RangeError("the shape has one turn");
  return {
    ...shape,
    turns: [{ ...turn, sampled_start: PROMPT.length, sampled_count: count, policy_version: completion.policy_version }],
    token_ids: [...PROMPT, ...completion.token_ids],
    loss_mask: [...PROMPT.map(() => 0 as const), ...completion.token_ids.map(() => 1 as const)],
    logprobs: [...PROMPT.map(() => 0), ...completion.logprobs],
    model_patch: JSON.stringify(completion.token_ids),
    verdict: null,
  };
}

function createPorts(policy: Policy): RolloutPorts {
  const limits = { memoryBytes: 1, maxProcesses: 1, diskBytes: 1 };
  return {
    tasks: { prepare: async () => ({ rootfs: { kind: "host" }, tree: null, workdir: "/", env: {}, limits }) },
    sampleTrajectory: (request) => playEpisode(policy, request),
    grader: {
      grade: async (_, patch) => {
        const ids = JSON.parse(patch) as number[];
        return makeVerdict(ids.filter((id) => id < 48).length > SAMPLED / 2 ? 1 : 0);
      },
    },
    trajectoryPermits: createPermits(16),
    gradingPermits: createPermits(4),
  };
}

describe.skipIf(python === null)("training with the embedded worker (skipped without trainer/.venv)", () => {
  const folder = mkdtempSync(join(tmpdir(), "swerl-training-"));
  beforeAll(() => writeTinyModel(python as string, join(folder, "model")), 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** One process of `swerl train`: its own worker, the shared run folder. */
  async function train(signal: AbortSignal, onProgress: (progress: TrainProgress) => void) {
    const store = await openRunStore({ directory: join(folder, "run") });
    const worker = await startEmbeddedWorker(
      {
        python: python as string,
        baseModel: join(folder, "model"),
        stateDir: join(folder, "run", "checkpoints"),
        dtype: "float32",
        device: "cpu",
        threads: 1,
        startTimeoutMs: 100_000,
      },
      new AbortController().signal,
    );
    const client = createTinkerClient({ baseUrl: worker.url, requestTimeoutMs: 60_000 });
    const trainer = await createTinkerTrainer(
      { client, dialect: SWERL_DIALECT, baseModel: worker.model, loraRank: 0 },
      signal,
    );
    const policy = createCompletionsPolicy({
      baseUrl: `${worker.url}/v1`,
      model: worker.model,
      requestTimeoutMs: 60_000,
      maxConnections: 16,
      publishedVersion: trainer.publishedVersion,
    });
    try {
      return await trainPolicy({
        run: await startRun(store, { command: "train", config: {}, swerlVersion: "test" }),
        ports: createPorts(policy),
        trainer,
        instances: makeInstances(8),
        settings: {
          iterations: 6,
          instancesPerIteration: 8,
          groupSize: 8,
          credit: {
            reward: { lengthPenaltyStart: null, turnLimit: 4 },
            filterMetric: "outcome",
            advantageDelta: 1e-6,
            shuffleRewards: false,
          },
          update: {
            batchSize: 32,
            clipRatioLow: 0.2,
            clipRatioHigh: 0.3,
            adam: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, grad_clip_norm: 1 },
            maxLogprobDifference: { mean: 1e-4, p99: 1e-3 },
          },
          learningRate: { kind: "constant", peak: 3e-3, warmup_optimizer_steps: 0 },
          checkpointEvery: 2,
        },
        seed: 1,
        seedSampling: true,
        signal,
        onProgress,
      });
    } finally {
      await policy.close();
      await client.close();
      await worker.stop();
      await store.close();
    }
  }

  it("learns, and goes on in a new process from its checkpoint", { timeout: 240_000 }, async () => {
    const rates = new Map<number, number>();
    const stop = new AbortController();
    const watch = (progress: TrainProgress): void => {
      if (progress.type !== "iteration-end") return;
      rates.set(progress.iteration, progress.metrics["resolved_rate"] as number);
      if (progress.iteration === 2) stop.abort(new InterruptedError());
    };
    await expect(train(stop.signal, watch)).rejects.toBeInstanceOf(InterruptedError);
    const started: number[] = [];
    const metrics = await train(new AbortController().signal, (progress) => {
      if (progress.type === "iteration-start") started.push(progress.iteration);
      watch(progress);
    });
    // Iteration 1 has the last checkpoint, so 2 is done again, from its recorded trajectories.
    expect(started).toEqual([2, 3, 4, 5]);
    expect(rates.get(5)).toBeGreaterThan((rates.get(0) as number) + 0.2);
    expect(metrics["policy_version"]).toBe(6);
  });
});
