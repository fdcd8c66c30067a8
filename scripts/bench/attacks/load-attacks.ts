import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

const attackSchema = z.strictObject({
  id: z.string().regex(/^[A-Z]\d\d$/),
  title: z.string(),
  /** Which test runners the toy task uses. */
  runner: z.enum(["pytest", "functions", "both"]).default("pytest"),
  /** Commands, one a turn; the agent then submits. */
  steps: z.array(z.string()),
  /** The steps are whole assistant messages. */
  raw: z.boolean().default(false),
  /** Start of the verdict's reason, where the attack must end in a certain one. */
  expect: z.strictObject({ reason: z.string() }).optional(),
  /** Left out of quick runs. */
  slow: z.boolean().default(false),
});

/** One scripted agent against one form of the toy task. */
export interface Attack extends Omit<z.infer<typeof attackSchema>, "runner"> {
  readonly runner: "pytest" | "functions";
  /** True for the positive controls, which must be paid. */
  readonly honest: boolean;
}

/** All scripted agents of a folder of YAML lists, one entry for each runner, sorted by id. Throws on a malformed one. */
export function loadAttacks(directory: string): Attack[] {
  const attacks: Attack[] = [];
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".yaml"))) {
    for (const entry of z.array(attackSchema).parse(parse(readFileSync(join(directory, file), "utf8")))) {
      const runners = entry.runner === "both" ? (["pytest", "functions"] as const) : [entry.runner];
      for (const runner of runners) attacks.push({ ...entry, runner, honest: entry.id.startsWith("C") });
    }
  }
  return attacks.sort((a, b) => `${a.id}${a.runner}`.localeCompare(`${b.id}${b.runner}`));
}
