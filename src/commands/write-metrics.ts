import { join } from "node:path";

import { writeFileAtomic } from "../platform/atomic-file.ts";

/** One line an iteration, for plotting and for other programs. */
export interface IterationMetrics {
  readonly iteration: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Writes `metrics.jsonl` of a run anew from what its journal says: never a line twice, never a half one. */
export async function writeMetrics(directory: string, iterations: readonly IterationMetrics[]): Promise<void> {
  const lines = iterations.map(({ iteration, metrics }) => `${JSON.stringify({ iteration, ...metrics })}\n`);
  await writeFileAtomic(join(directory, "metrics.jsonl"), lines.join(""));
}
