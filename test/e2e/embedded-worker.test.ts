import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createCompletionsPolicy } from "../../src/adapters/policy/completions-policy.ts";
import { SWERL_DIALECT } from "../../src/adapters/tinker/dialect.ts";
import { type EmbeddedWorker, startEmbeddedWorker } from "../../src/adapters/tinker/embedded-worker.ts";
import { createTinkerClient, type TinkerClient } from "../../src/adapters/tinker/tinker-client.ts";
import { createTinkerTrainer, type TinkerTrainer } from "../../src/adapters/tinker/tinker-trainer.ts";
import { buildPolicyBatch, type PolicySequence } from "../../src/domain/batch.ts";
import { createRandom } from "../../src/domain/random.ts";
import type { Policy } from "../../src/ports/policy.ts";
import { findTrainerPython, writeTinyModel } from "../fakes/tiny-model.ts";

const python = findTrainerPython();
const signal = new AbortController().signal;
const adam = { learning_rate: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, grad_clip_norm: 1 };
const ppo = { name: "ppo", clip_low_threshold: 0.8, clip_high_threshold: 1.3 } as const;

describe.skipIf(python === null)("the embedded worker (skipped without trainer/.venv)", () => {
  const folder = mkdtempSync(join(tmpdir(), "swerl-worker-"));
  const model = join(folder, "model");
  const deaths: Error[] = [];
  let worker: EmbeddedWorker;
  let client: TinkerClient;
  let policy: Policy & { close(): Promise<void> };

  beforeAll(async () => {
    writeTinyModel(python as string, model);
    worker = await start(model);
    client = createTinkerClient({ baseUrl: worker.url, requestTimeoutMs: 60_000 });
    policy = createCompletionsPolicy({
      baseUrl: `${worker.url}/v1`,
      model: worker.model,
      requestTimeoutMs: 60_000,
      maxConnections: 16,
      publishedVersion: () => -1,
    });
  }, 120_000);

  afterAll(async () => {
    await policy?.close();
    await client?.close();
    await worker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (baseModel: string): Promise<EmbeddedWorker> =>
    startEmbeddedWorker(
      {
        python: python as string,
        baseModel,
        stateDir: join(folder, "state"),
        dtype: "float32",
        device: "cpu",
        threads: 1,
        startTimeoutMs: 100_000,
        onDeath: (error) => deaths.push(error),
      },
      signal,
    );
  const open = (options: { maxTokensPerRequest?: number } = {}): Promise<TinkerTrainer> =>
    createTinkerTrainer({ client, dialect: SWERL_DIALECT, baseModel: worker.model, loraRank: 0, ...options }, signal);

  it("gives the same gradient however the optimizer batch is sliced", async () => {
    const data = buildPolicyBatch(randomSequences(12), "sum");
    const norms: number[] = [];
    for (const maxTokensPerRequest of [1, 60, 100_000]) {
      const trainer = await open({ maxTokensPerRequest });
      await trainer.forwardBackward(data, ppo, signal);
      norms.push((await trainer.optimStep(adam, signal)).grad_norm);
      await trainer.unload(signal);
    }
    expect(norms[0]).toBeGreaterThan(0);
    expect(norms[1]).toBeCloseTo(norms[0] as number, 5);
    expect(norms[2]).toBeCloseTo(norms[0] as number, 5);
  });

  it(
    "samples what it trains: logprobs agree, and a rewarded completion gets likelier",
    { timeout: 60_000 },
    async () => {
      const trainer = await open();
      await trainer.publish(5, signal);
      const prompt = [3, 1, 4, 1, 5];
      const completion = await policy.sample(
        {
          prompt_token_ids: prompt,
          sampling: { temperature: 1, top_p: 1, top_k: -1, min_p: 0, stop_token_ids: [90] },
          max_tokens: 20,
          seed: 1,
        },
        signal,
      );
      expect(completion.policy_version).toBe(5);
      const sequence: PolicySequence = {
        sequence_id: "s",
        token_ids: [...prompt, ...completion.token_ids],
        loss_mask: [...prompt.map(() => 0 as const), ...completion.token_ids.map(() => 1 as const)],
        logprobs: [...prompt.map(() => 0), ...completion.logprobs],
        advantage: 1,
      };
      const data = buildPolicyBatch([sequence], trainer.reduction);
      const before = await trainer.forwardBackward(data, ppo, signal);
      const sampled = before.logprobs[0]?.slice(prompt.length - 1) ?? [];
      sampled.forEach((logprob, index) => expect(logprob).toBeCloseTo(completion.logprobs[index] as number, 4));
      expect(before.loss).toBeCloseTo(-1, 4);
      await trainer.optimStep({ ...adam, learning_rate: 1e-3 }, signal);
      const after = await trainer.forward(data, signal);
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      expect(sum(after[0]?.slice(prompt.length - 1) ?? [])).toBeGreaterThan(sum(sampled) + 0.1);
    },
  );

  it("restores weights and optimizer in a new model and in a new process", { timeout: 120_000 }, async () => {
    const trainer = await open();
    const data = buildPolicyBatch(randomSequences(4), "sum");
    const update = async (target: TinkerTrainer): Promise<void> => {
      await target.forwardBackward(data, ppo, signal);
      await target.optimStep({ ...adam, learning_rate: 1e-3 }, signal);
    };
    await update(trainer);
    const path = await trainer.saveState("it1", signal);
    await update(trainer);
    const expected = await trainer.forward(data, signal);

    const second = await start(model);
    const secondClient = createTinkerClient({ baseUrl: second.url, requestTimeoutMs: 60_000 });
    try {
      const resumed = await createTinkerTrainer(
        { client: secondClient, dialect: SWERL_DIALECT, baseModel: second.model, loraRank: 0 },
        signal,
      );
      await resumed.loadState(path, signal);
      await update(resumed);
      const actual = await resumed.forward(data, signal);
      expect(actual.flat().map((value) => value.toFixed(5))).toEqual(expected.flat().map((value) => value.toFixed(5)));
    } finally {
      await secondClient.close();
      await second.stop();
    }
    expect(deaths).toEqual([]);
  });

  it("says what the worker said when it cannot start", { timeout: 60_000 }, async () => {
    await expect(start(join(folder, "absent"))).rejects.toMatchObject({
      code: "SWERL_TRAINER_DIED",
      message: expect.stringContaining("absent"),
    });
  });
});

function randomSequences(count: number): PolicySequence[] {
  const random = createRandom("e2e");
  return Array.from({ length: count }, (_, index) => {
    const length = 8 + random.integer(40);
    const mask = Array.from({ length }, (__, position) => (position > 3 && random.chance(0.5) ? 1 : 0) as 0 | 1);
    mask[length - 1] = 1;
    return {
      sequence_id: `s${index}`,
      token_ids: mask.map(() => random.integer(90)),
      loss_mask: mask,
      logprobs: mask.map((bit) => (bit === 1 ? -4.5 + random.next() : 0)),
      advantage: random.next() * 2 - 1,
    };
  });
}
