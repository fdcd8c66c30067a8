import type { z } from "zod";

/** Puts the one-line description of a config key on its schema; the reference page and editors show it. */
export function describe<Schema extends z.ZodType>(description: string, schema: Schema): Schema {
  return schema.meta({ description }) as Schema;
}
