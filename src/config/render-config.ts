import { stringify } from "yaml";

import type { Config } from "./schema.ts";

/** The resolved configuration as a YAML file that can be given to -c again. */
export function renderConfig(config: Config): string {
  return stringify(config, { lineWidth: 0 });
}
