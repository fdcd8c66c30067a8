import { access } from "node:fs/promises";
import { hostname } from "node:os";

import { type DiskSpace, readDiskSpace } from "../../platform/disk-space.ts";
import type { DockerEngine, DockerFacts } from "./docker-engine.ts";

export const FREE_DATA_ROOT =
  "free some space there (swerl gc, docker system prune), or move Docker's data-root to another disk";

/** Reads the disk with an engine's containers. It answers null where that lies on another machine, or is not seen. */
export async function openDataRoot(
  { name }: Pick<DockerEngine, "name">,
  { Name: machine, DockerRootDir: folder }: Pick<DockerFacts, "Name" | "DockerRootDir">,
): Promise<() => Promise<DiskSpace | null>> {
  const isSeen = await access(folder).then(
    () => true,
    () => false,
  );
  // A socket may lead to another machine, to a container or a virtual machine: that has a name of its own.
  const isHere = isSeen && name.startsWith("unix://") && machine === hostname();
  return async () => (isHere ? readDiskSpace(folder).catch(() => null) : null);
}
