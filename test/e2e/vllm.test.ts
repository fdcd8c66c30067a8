import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readRun } from "../../src/adapters/files/read-run.ts";
import { SWERL_DIALECT } from "../../src/adapters/tinker/dialect.ts";
import { startEmbeddedWorker } from "../../src/adapters/tinker/embedded-worker.ts";
import { createTinkerClient } from "../../src/adapters/tinker/tinker-client.ts";
import { createTinkerTrainer } from "../../src/adapters/tinker/tinker-trainer.ts";
import { replayRun } from "../../src/domain/replay-run.ts";
import type { Trajectory } from "../../src/domain/trajectory.ts";
import {
  BASE_MODEL,
  DEMO_CONFIG,
  skipReason,
  TRAINER_PYTHON,
  withoutBase,
  withoutBubblewrap,
  withoutTrainer,
  withoutVllm,
} from "../fakes/machine.ts";
import { buildSwerl, runSwerl } from "../fakes/swerl-process.ts";
import { writeUntiedCopy } from "../fakes/tiny-model.ts";
import { startVllm, type VllmServer } from "../fakes/vllm-server.ts";

const reason = skipReason(withoutVllm, withoutTrainer, withoutBase, withoutBubblewrap);
const signal = new AbortController().signal;

describe.skipIf(reason !== "")(`a real vLLM as the policy (${reason || "on the CPU, 32-bit floats"})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "swerl-vllm-"));
  const model = join(folder, "model");
  let server: VllmServer;

  beforeAll(async () => {
    buildSwerl();
    writeUntiedCopy(TRAINER_PYTHON, BASE_MODEL, model);
    server = await startVllm(model, "tiny");
    const made = await runSwerl(
      ["tasks", "drill", "--out", "drill", "--train", "8", "--dev", "4", "--test", "4"],
      folder,
    );
    expect(made.code).toBe(0);
  }, 540_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const swerl = (command: string, sets: readonly string[]) =>
    runSwerl(
      [
        command,
        "-c",
        DEMO_CONFIG,
        "--json",
        ...[
          "tasks.path=drill",
          "policy.kind=openai",
          `policy.base_url=${server.baseUrl}`,
          "policy.model=tiny",
          `policy.tokenizer=${model}`,
          "policy.max_context_tokens=1024",
          `trainer.base_model=${model}`,
          `trainer.python=${TRAINER_PYTHON}`,
          "trainer.dtype=float32",
          "trainer.threads=1",
          "run.max_concurrency=8",
          ...sets,
        ].flatMap((set) => ["--set", set]),
      ],
      folder,
    );

  it("plays and grades episodes, and its logprobs are the trainer's own", async () => {
    const { code, stderr } = await swerl("rollout", [
      "tasks.split=test",
      "rollout.group_size=2",
      "run.directory=runs/rollout",
    ]);
    expect(stderr).not.toContain("error[");
    expect(code).toBe(0);
    const trajectories = [...replayRun(await readRun(join(folder, "runs/rollout"))).trajectories.values()].flat();
    expect(trajectories).toHaveLength(8);
    expect(trajectories.every((trajectory) => trajectory.verdict !== null)).toBe(true);
    const difference = await compareWithTrainer(trajectories);
    expect(difference.tokens).toBeGreaterThan(100);
    // 32-bit floats on both sides: measured 2e-5 between this vLLM and transformers.
    expect(difference.largest).toBeLessThan(1e-3);
  }, 300_000);

  it("refuses to train a model whose head is tied, before anything is made", async () => {
    const { code, stderr } = await swerl("train", [
      "tasks.split=train",
      "policy.weight_updates=vllm",
      `trainer.base_model=${BASE_MODEL}`,
      "run.directory=runs/tied",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("SWERL_VLLM_TIED_HEAD");
    expect(stderr).toContain("swerl_trainer untie");
    expect(existsSync(join(folder, "runs/tied"))).toBe(false);
  }, 120_000);

  it("takes the trainer's weights between two iterations of training", async () => {
    const { code, stderr } = await swerl("train", [
      "tasks.split=train",
      "policy.weight_updates=vllm",
      "train.iterations=3",
      "train.instances_per_iteration=8",
      "train.group_size=4",
      "train.learning_rate=3.0e-4",
      // The run itself stops when the server does not sample from the weights that were published.
      "train.max_logprob_difference_mean=1.0e-4",
      "train.max_logprob_difference_p99=1.0e-3",
      "run.directory=runs/train",
    ]);
    expect(stderr).not.toContain("error[");
    expect(code).toBe(0);
    const events = await readRun(join(folder, "runs/train"));
    const updates = events.filter((event) => event.type === "optimizer-step-end");
    expect(updates.length).toBeGreaterThan(1);
    expect(new Set(updates.map((event) => event.iteration)).size).toBeGreaterThan(1);
  }, 400_000);

  async function compareWithTrainer(trajectories: readonly Trajectory[]) {
    const worker = await startEmbeddedWorker(
      {
        python: TRAINER_PYTHON,
        baseModel: model,
        stateDir: join(folder, "state"),
        dtype: "float32",
        device: "cpu",
        threads: 1,
        startTimeoutMs: 180_000,
      },
      signal,
    );
    const client = createTinkerClient({ baseUrl: worker.url, requestTimeoutMs: 120_000 });
    try {
      const trainer = await createTinkerTrainer(
        { client, dialect: SWERL_DIALECT, baseModel: worker.model, loraRank: 0 },
        signal,
      );
      const live = await trainer.forward(
        trajectories.map(({ token_ids: ids, loss_mask: mask }) => ({
          input_token_ids: ids.slice(0, -1),
          target_token_ids: ids.slice(1),
          weights: mask.slice(1),
        })),
        signal,
      );
      const differences = trajectories.flatMap(({ loss_mask: mask, logprobs }, index) =>
        mask.flatMap((bit, position) =>
          bit === 1 ? [Math.abs((logprobs[position] as number) - (live[index]?.[position - 1] as number))] : [],
        ),
      );
      return { tokens: differences.length, largest: Math.max(...differences) };
    } finally {
      await client.close();
      await worker.stop();
    }
  }
});
