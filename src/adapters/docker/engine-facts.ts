import { createHash } from "node:crypto";
import { join } from "node:path";

import { ImageLedger } from "../images/image-ledger.ts";
import type { DockerFacts } from "./docker-engine.ts";

/** Records of what swerl pulled to an engine, which tells itself apart by an ID. */
export function openPullLedger(stateDirectory: string, { ID: id }: Pick<DockerFacts, "ID">): ImageLedger {
  return new ImageLedger(join(stateDirectory, createHash("sha256").update(id).digest("hex").slice(0, 16)));
}

/** uname's word for an architecture as images say it. */
export function toImageArchitecture({ Architecture: name }: Pick<DockerFacts, "Architecture">): string {
  return { x86_64: "amd64", aarch64: "arm64" }[name] ?? name;
}
