import { mkdir } from "node:fs/promises";

import { createDrillInstances } from "../domain/drill/drill-instance.ts";
import type { DrillSplit } from "../domain/drill/drill-names.ts";
import { writeTasks } from "../wiring/run-files.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";

export interface DrillFlags extends Readonly<Record<DrillSplit, number>> {
  /** Folder of the task set; its `tasks/` is replaced. */
  readonly out: string;
  readonly seed: number;
  readonly json: boolean;
}

/** `swerl tasks drill`: writes the generated family as a task set. The same seed writes the same bytes. */
export async function writeDrill(flags: DrillFlags, context: CommandContext): Promise<number> {
  const splits: readonly DrillSplit[] = ["train", "dev", "test"];
  const instances = splits.flatMap((split) => createDrillInstances(split, flags[split], flags.seed));
  await mkdir(flags.out, { recursive: true });
  await writeTasks(flags.out, "drill", instances);
  const result = { folder: flags.out, instances: instances.length };
  context.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${instances.length} instances in ${flags.out}\n`);
  return EXIT_CODES.ok;
}
