import { mkdir } from "node:fs/promises";

import { createDrillInstances } from "../domain/drill/drill-instance.ts";
import type { DrillSplit } from "../domain/drill/drill-names.ts";
import { writeTaskRepo } from "../adapters/tasks/write-task-repo.ts";

export interface DrillOptions {
  /** Folder of the task repo; its `tasks/` is replaced. */
  readonly out: string;
  readonly seed: number;
  /** Instances of each split. */
  readonly counts: Readonly<Record<DrillSplit, number>>;
}

/** `swerl tasks drill`: writes the generated family as a task repo. The same seed writes the same bytes. */
export async function generateDrill(options: DrillOptions): Promise<number> {
  const splits = Object.keys(options.counts) as DrillSplit[];
  const instances = splits.flatMap((split) => createDrillInstances(split, options.counts[split], options.seed));
  await mkdir(options.out, { recursive: true });
  await writeTaskRepo(options.out, "drill", instances);
  return instances.length;
}
