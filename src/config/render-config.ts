import { stringify } from "yaml";

import type { Config } from "./schema.ts";

/** The resolved configuration as a YAML file that can be given to -c again. */
export function renderConfig(config: Config): string {
  return stringify(config, { lineWidth: 0 });
}

/** The resolved configuration as plain JSON, as a run's journal holds it. */
export function toPlainConfig(config: Config): unknown {
  return JSON.parse(JSON.stringify(config));
}
