import { replayRun } from "../../src/domain/replay-run.ts";
import { type RunEvent, runEventSchema } from "../../src/domain/run-event.ts";
import type { StartedRun } from "../../src/pipelines/start-run.ts";

/** A run whose journal is a list; another start over the same list resumes it. */
export function startMemoryRun(journal: RunEvent[], command: "train" | "rft" | "eval" | "rollout"): StartedRun {
  const events = [...journal];
  const resumed = replayRun(events);
  const append = async (event: RunEvent): Promise<void> => {
    journal.push(runEventSchema.parse(JSON.parse(JSON.stringify(event))));
  };
  if (!resumed.isFinished) {
    void append({
      type: "run-start",
      format: "swerl.run/1",
      command,
      config: {},
      swerl_version: "test",
      started_at: "2026-01-01T00:00:00Z",
    });
  }
  return { store: { directory: "memory", events, append, close: async () => undefined }, resumed };
}
