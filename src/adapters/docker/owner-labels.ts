import { checkAlive, type ProcessIdentity, readOwnIdentity } from "../../platform/process-identity.ts";

/** Every container of ours has it, with the owner's process identity as JSON. */
export const OWNER_LABEL = "swerl.owner";
/** Seconds since 1970 after which nobody may still need the container. */
export const EXPIRES_LABEL = "swerl.expires";
/**
 * A container's labels are fixed when it is made, so this is never renewed: it has to outlast the use of one sandbox,
 * which is an episode (agent.trajectory_timeout_s, an hour) or one grading, and perhaps the wait of a warm one. It only
 * counts on an engine shared with machines or containers whose processes cannot be seen.
 */
const LIFETIME_S = 24 * 3_600;

export function createOwnerLabels(nowMs: number): Record<string, string> {
  return {
    [OWNER_LABEL]: JSON.stringify(readOwnIdentity()),
    [EXPIRES_LABEL]: String(Math.floor(nowMs / 1000) + LIFETIME_S),
  };
}

/**
 * True when a container's owner is gone: its process has ended, or it runs where we cannot see and the container has
 * outlived its time. Containers of live processes are never orphans.
 */
export function isOrphan(labels: Readonly<Record<string, string>>, nowMs: number): boolean {
  const owner = parseOwner(labels[OWNER_LABEL]);
  if (owner === null) return false;
  const alive = checkAlive(owner, readOwnIdentity());
  if (alive !== "unknown") return alive === "dead";
  const expires = Number(labels[EXPIRES_LABEL]);
  return Number.isFinite(expires) && expires * 1000 < nowMs;
}

function parseOwner(label: string | undefined): ProcessIdentity | null {
  try {
    const owner = JSON.parse(label ?? "null") as ProcessIdentity | null;
    return typeof owner?.pid === "number" && typeof owner.hostname === "string" ? owner : null;
  } catch {
    // Not a label we wrote: the container is somebody else's.
    return null;
  }
}
