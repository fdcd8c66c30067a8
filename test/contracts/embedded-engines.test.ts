import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe } from "vitest";

import { createCompletionsPolicy } from "../../src/adapters/policy/completions-policy.ts";
import { SWERL_DIALECT } from "../../src/adapters/tinker/dialect.ts";
import { startEmbeddedWorker } from "../../src/adapters/tinker/embedded-worker.ts";
import { createTinkerClient } from "../../src/adapters/tinker/tinker-client.ts";
import { createTinkerTrainer, type TinkerTrainer } from "../../src/adapters/tinker/tinker-trainer.ts";
import { findTrainerPython, writeTinyModel } from "../fakes/tiny-model.ts";
import type { Engines } from "./engines.ts";
import { describePolicyContract } from "./policy.ts";
import { describeTrainerContract } from "./trainer.ts";

const python = findTrainerPython();
const signal = new AbortController().signal;

/** The embedded worker behind the real adapters, with a random two-layer transformer. */
async function create(): Promise<Engines> {
  const folder = mkdtempSync(join(tmpdir(), "swerl-engines-"));
  const model = join(folder, "model");
  writeTinyModel(python as string, model);
  const worker = await startEmbeddedWorker(
    {
      python: python as string,
      baseModel: model,
      stateDir: join(folder, "state"),
      dtype: "float32",
      device: "cpu",
      threads: 1,
      startTimeoutMs: 100_000,
      onDeath: () => undefined,
    },
    signal,
  );
  const client = createTinkerClient({ baseUrl: worker.url, requestTimeoutMs: 60_000 });
  const policy = createCompletionsPolicy({
    baseUrl: `${worker.url}/v1`,
    model: worker.model,
    requestTimeoutMs: 60_000,
    maxConnections: 16,
    publishedVersion: () => -1,
  });
  let last: TinkerTrainer | null = null;
  return {
    vocabulary: 96,
    stopTokenId: 90,
    learningRate: 1e-3,
    openTrainer: async () => {
      await last?.unload(signal);
      last = await createTinkerTrainer(
        { client, dialect: SWERL_DIALECT, baseModel: worker.model, loraRank: 0 },
        signal,
      );
      return last;
    },
    policy: () => policy,
    close: async () => {
      await policy.close();
      await client.close();
      await worker.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe.skipIf(python === null)("the embedded worker (skipped without trainer/.venv)", () => {
  // One worker for both: it takes seconds to start.
  let started: Promise<Engines> | null = null;
  const share = async (): Promise<Engines> => ({ ...(await (started ??= create())), close: async () => {} });
  afterAll(async () => (await started)?.close(), 60_000);

  describeTrainerContract("embedded worker", share);
  describePolicyContract("embedded worker", share);
});
