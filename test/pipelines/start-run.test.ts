import { describe, expect, it } from "vitest";

import type { RunEvent } from "../../src/domain/run-event.ts";
import { startRun } from "../../src/pipelines/start-run.ts";
import type { RunStore } from "../../src/ports/run-store.ts";

function open(journal: RunEvent[]): RunStore {
  const append = async (event: RunEvent): Promise<void> => {
    journal.push(event);
  };
  return { directory: "runs/x", events: [...journal], append, close: async () => undefined };
}
const header = {
  command: "train",
  config: { run: { seed: 1, max_concurrency: 4 }, train: { group_size: 8 } },
  swerlVersion: "1",
} as const;

describe("startRun", () => {
  it("records every start, until the run is finished", async () => {
    const journal: RunEvent[] = [];
    await startRun(open(journal), header);
    const again = await startRun(open(journal), header);
    expect(again.resumed).toMatchObject({ starts: 1, isFinished: false, nextIteration: 0 });
    expect(journal.map(({ type }) => type)).toEqual(["run-start", "run-start"]);
    journal.push({ type: "run-end", metrics: { reward: 1 }, ended_at: "now" });
    const finished = await startRun(open(journal), header);
    expect(finished.resumed).toMatchObject({ isFinished: true, endMetrics: { reward: 1 } });
    expect(journal).toHaveLength(3);
  });

  it("refuses another command and other settings, by name, and lets harmless ones change", async () => {
    const journal: RunEvent[] = [];
    await startRun(open(journal), header);
    await expect(startRun(open(journal), { ...header, command: "eval" })).rejects.toMatchObject({
      code: "SWERL_RUN_OTHER",
      message: expect.stringContaining("swerl train"),
    });
    const changed = { run: { seed: 1, max_concurrency: 8 }, train: { group_size: 9 } };
    await expect(startRun(open(journal), { ...header, config: changed })).rejects.toMatchObject({
      message: expect.stringContaining("run.max_concurrency, train.group_size"),
    });
    const wider = { ...header.config, run: { seed: 1, max_concurrency: 8 } };
    await startRun(open(journal), { ...header, config: wider, mayChange: ["run.max_concurrency"] });
    expect(journal).toHaveLength(2);
  });
});
