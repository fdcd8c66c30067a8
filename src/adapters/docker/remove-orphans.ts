import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { isOrphan, OWNER_LABEL } from "./owner-labels.ts";

/** Containers of ours whose owner is gone. Never those of a live run. */
export async function findOrphans(engine: DockerEngine, options: CallOptions): Promise<string[]> {
  const listed = await engine.list(OWNER_LABEL, options);
  return listed.filter(({ Labels }) => isOrphan(Labels, Date.now())).map(({ Id }) => Id);
}

/**
 * Removes containers whose owner is gone, with their volumes; each may take its time. One that will not go is left to the
 * next sweep.
 */
export async function removeOrphans(
  engine: DockerEngine,
  options: CallOptions,
  removeTimeoutMs: number,
): Promise<void> {
  for (const id of await findOrphans(engine, options)) {
    await engine.remove(id, { ...options, timeoutMs: removeTimeoutMs }).catch((error: unknown) => {
      options.signal.throwIfAborted();
      if (!(error instanceof SandboxError)) throw error;
    });
  }
}
