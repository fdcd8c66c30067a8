import { setTimeout as delay } from "node:timers/promises";

import { openRunStore } from "../../src/adapters/files/run-store.ts";
import { collectRollouts } from "../../src/pipelines/collect-rollouts.ts";
import { startRun } from "../../src/pipelines/start-run.ts";
import { createFakeTrainer } from "../fakes/fake-trainer.ts";
import { createToyPorts, makeInstances, playToyEpisode, VOCABULARY } from "../fakes/toy-rollouts.ts";

/** Collects 50 groups of 4 into a run folder, printing each trajectory's id as it starts; prints "finished" at the end. */
const [directory] = process.argv.slice(2) as [string];
const store = await openRunStore({ directory });
const run = await startRun(store, { command: "rollout", config: {}, swerlVersion: "test" });
const trainer = createFakeTrainer({ vocabulary: VOCABULARY, reduction: "sum", stateDir: `${directory}/state` });
const ports = createToyPorts(trainer, async (request) => {
  process.stdout.write(`${request.trajectory_id}\n`);
  await delay(Math.random() * 20);
  return playToyEpisode(trainer, request);
});
await collectRollouts({
  run,
  ports,
  iteration: 0,
  policyVersion: 0,
  instances: makeInstances(50),
  groupSize: 4,
  seed: 1,
  signal: new AbortController().signal,
});
await store.close();
process.stdout.write("finished\n");
