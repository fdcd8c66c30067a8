import { describe, expect, it } from "vitest";

import { planRun } from "../../src/commands/plan-run.ts";

const FLAGS = { config: ["configs/demo.yaml"], json: false, dryRun: false, quiet: true };
const VLLM = [
  "policy.kind=openai",
  // Nobody listens there: what a server was started from is then not known.
  "policy.base_url=http://127.0.0.1:9/v1",
  "policy.model=tiny",
  "policy.tokenizer=checkpoints/base",
  "policy.weight_updates=vllm",
  "tasks.path=tasks/starter",
  "tasks.limit=1",
];

describe("planRun", () => {
  it("refuses to train a model that a vLLM would half take over", async () => {
    await expect(planRun({ ...FLAGS, set: VLLM }, "train")).rejects.toMatchObject({ code: "SWERL_VLLM_TIED_HEAD" });
  });

  it("lets adapters and other commands pass, which leave the head as it is", async () => {
    const adapters = await planRun({ ...FLAGS, set: [...VLLM, "trainer.lora_rank=8"] }, "rft");
    expect(adapters.instances).toHaveLength(1);
    const evaluated = await planRun({ ...FLAGS, set: VLLM }, "eval");
    expect(evaluated.instances).toHaveLength(1);
  });
});
