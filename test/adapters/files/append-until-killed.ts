import { openRunStore } from "../../../src/adapters/files/run-store.ts";
import { makeTrajectory } from "../../fakes/make-trajectory.ts";

/** Appends numbered trajectories of up to about 1 MB to a journal, prints each number once acknowledged, and never ends. */
const [directory, round] = process.argv.slice(2) as [string, string];
const store = await openRunStore({ directory });
async function append(iteration: number): Promise<void> {
  const observation = "x".repeat((iteration % 4) * 300_000);
  const trajectory = { ...makeTrajectory({ turns: 1 }), model_patch: observation };
  await store.append({ type: "trajectory-end", iteration, trajectory });
  process.stdout.write(`${iteration}\n`);
}
for (let batch = 0; ; batch++) {
  const first = Number(round) * 1_000_000 + batch * 3;
  await Promise.all([append(first), append(first + 1), append(first + 2)]);
}
