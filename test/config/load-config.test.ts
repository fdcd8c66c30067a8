import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

import type { ConfigCommand } from "../../src/config/check-engines.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { InputError } from "../../src/platform/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "swerl-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function problems(files: readonly string[], sets: readonly string[] = [], command: ConfigCommand = "train") {
  const error: unknown = await loadConfig({ files, sets, command }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message.replaceAll(`${folder}/`, "").split("\n");
}

describe("loadConfig", () => {
  it("fills in the paper's settings when nothing is given", async () => {
    const config = await loadConfig({ files: [], sets: [], command: "train" });
    expect(config.train).toMatchObject({
      group_size: 10,
      clip_ratio_low: 0.2,
      clip_ratio_high: 0.3,
      learning_rate: 1e-6,
    });
    expect(config.agent.system_prompt).toContain("exactly one command");
  });

  it("merges maps from left to right, replaces lists whole, and lets --set win", async () => {
    const first = write(
      "first.yaml",
      "agent:\n  tools: [shell, open, submit]\n  max_turns: 12\ntrain:\n  batch_size: 8\n",
    );
    const second = write("second.yaml", "agent:\n  tools: [edit]\nrun: \n");
    const config = await loadConfig({
      files: [first, second],
      sets: ["train.batch_size=32", "tasks.task_ids=[a, b]"],
      command: "train",
    });
    expect(config.agent.tools).toEqual(["edit"]);
    expect(config.agent.max_turns).toBe(12);
    expect(config.train.batch_size).toBe(32);
    expect(config.tasks.task_ids).toEqual(["a", "b"]);
  });

  it("names everything wrong at once, with the place in the file that set it", async () => {
    const path = write(
      "wrong.yaml",
      "train:\n  learning_rte: 1e-6\n  group_size: ten\n  clip_ratio_low: 2\nsandbox:\n  kind: dcoker\nagnet: {}\n",
    );
    expect(await problems([path])).toEqual([
      'wrong.yaml:6:9 sandbox.kind: expected one of auto, bubblewrap, docker (got "dcoker"); did you mean docker?',
      'wrong.yaml:3:15 train.group_size: expected a number (got "ten")',
      "wrong.yaml:4:19 train.clip_ratio_low: expected number to be <1 (got 2)",
      "wrong.yaml:2:3 train.learning_rte: expected a known key; did you mean learning_rate?",
      "wrong.yaml:7:1 agnet: expected a known key; did you mean agent?",
    ]);
  });

  it("blames the layer that set the value last", async () => {
    const good = write("good.yaml", "train: {iterations: 3}\n");
    expect(await problems([good], ["train.iterations=0"])).toEqual([
      "--set train.iterations=0 train.iterations: expected number to be >=1 (got 0)",
    ]);
  });

  it.each([
    ["a missing file", "absent.yaml", null, "cannot be read: no such file"],
    ["broken YAML", "broken.yaml", "train: [1, 2\n", "broken.yaml:"],
    [
      "a duplicate key",
      "duplicate.yaml",
      "run: {seed: 1}\nrun: {seed: 2}\n",
      "duplicate.yaml:2:1 Map keys must be unique",
    ],
    ["a list at the top", "list.yaml", "- 1\n", "expected a map of sections"],
    ["a binary file", "binary.yaml", "\0\x01", "expected YAML text"],
    [
      "an unknown section with a prototype's name",
      "proto.yaml",
      "__proto__: {train: 1}\n",
      "__proto__: expected a known key",
    ],
    ["an alias bomb", "bomb.yaml", bomb(), "alias"],
  ])("answers %s in one line", async (_name, file, text, expected) => {
    const path = text === null ? join(folder, file) : write(file, text);
    expect((await problems([path])).join("\n")).toContain(expected);
  });

  it.each([
    [["policy.base_url=http://127.0.0.1:1/v1"], "policy.base_url: expected nothing: only policy.kind: openai uses it"],
    [["policy.kind=openai"], "policy.model: expected a value"],
    [["trainer.kind=tinker"], "policy.kind: expected openai"],
    [["trainer.kind=tinker", "trainer.threads=2"], "trainer.threads: expected nothing"],
    [["trainer.dialect=skyrl"], "trainer.dialect: expected nothing"],
    [["policy.kind=openai"], "policy.weight_updates: expected trainer or vllm"],
    [["trainer.kind=tinker", "trainer.dialect=skyrl"], "trainer.lora_rank: expected 1 or more"],
    [["trainer.kind=tinker", "trainer.dialect=skyrl"], "train.grad_clip_norm: expected null"],
    [["policy.kind=openai"], "trainer.base_model: expected the model that the policy server has"],
    [["trainer.device=gpu"], "trainer.device: expected cpu, cuda or cuda:N"],
    [["sampling.top_k=20"], "sampling.top_k: expected -1"],
    [["agent.max_turns=10"], "reward.length_penalty_threshold: expected less than agent.max_turns (10)"],
    [["agent.max_context_tokens=100"], "agent.max_tokens_per_turn: expected at most"],
  ])("refuses a setting that no engine would honour: %j", async (sets, expected) => {
    expect((await problems([], sets)).join("\n")).toContain(expected);
  });

  it("lets an evaluation sample as the model's authors advise", async () => {
    const config = await loadConfig({ files: [], sets: ["sampling.top_k=20"], command: "eval" });
    expect(config.sampling.top_k).toBe(20);
  });

  it("reads prompts from files", async () => {
    const prompt = write("prompt.md", "Mend it.");
    const config = await loadConfig({ files: [], sets: [`agent.system_prompt={file: ${prompt}}`], command: "eval" });
    expect(config.agent.system_prompt).toBe("Mend it.");
    expect((await problems([], ["agent.system_prompt={file: nowhere.md}"])).join()).toContain("no such file");
  });

  it("answers every text with a config or an InputError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        const result: unknown = await loadConfig({
          files: [write("any.yaml", text)],
          sets: [text],
          command: "eval",
        }).catch((error: unknown) => error);
        expect(result instanceof Error && !(result instanceof InputError)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe("shipped configs", () => {
  const shipped: Readonly<Record<string, ConfigCommand>> = {
    "demo.yaml": "train",
    "paper-rft.yaml": "rft",
    "paper-stage1.yaml": "train",
    "paper-stage2.yaml": "train",
  };

  it("are all known here", () => {
    expect(
      readdirSync("configs")
        .filter((name) => name.endsWith(".yaml"))
        .sort(),
    ).toEqual(Object.keys(shipped));
  });

  it.each(Object.entries(shipped))("%s loads for swerl %s", async (name, command) => {
    await expect(loadConfig({ files: [join("configs", name)], sets: [], command })).resolves.toBeDefined();
  });

  it("carry the paper's hyper-parameters", async () => {
    const stage2 = await loadConfig({ files: ["configs/paper-stage2.yaml"], sets: [], command: "train" });
    expect(stage2.agent).toMatchObject({ max_turns: 80, max_context_tokens: 131072 });
    expect(stage2.train).toMatchObject({ instances_per_iteration: 100, batch_size: 256, clip_ratio_high: 0.26 });
    const rft = await loadConfig({ files: ["configs/paper-rft.yaml"], sets: [], command: "rft" });
    expect(rft.rft).toMatchObject({ group_size: 10, batch_size: 64, learning_rate: 5e-6, warmup_optimizer_steps: 10 });
  });
});

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}
