import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Socket } from "node:net";

/** Where the dispatcher holds the stream of requests and, once it has been asked to, a pipe for its replies. */
const REQUESTS = 8;
const REPLIES = 9;

/** Process 1 of a container as this kernel knows it. */
export interface ContainerProcess {
  readonly containerId: string;
  readonly pid: number;
}

/**
 * The pipe that the dispatcher reads its requests from, opened through /proc: what is written there goes around the
 * engine and its shim, which cost 0.2 to 0.3 ms a command and much of what a busy engine can do. Null where swerl may
 * not: it is not root, the engine is in another kernel or pid namespace, or the runtime is none that shares the kernel.
 * Only before code of the policy has run inside, because that code could put another pipe in its place.
 */
export async function openRequests(container: ContainerProcess): Promise<Socket | null> {
  const pipe = openPipe(container.pid, REQUESTS, constants.O_WRONLY);
  if (pipe === null) return null;
  // Looked at after the opening: a pid that is the container's now was no other process's before.
  if (await isDispatcher(container)) return new Socket({ fd: pipe, readable: false, writable: true });
  closeSync(pipe);
  return null;
}

/** The pipe of the dispatcher's replies; null where it cannot be opened. */
export function openReplies({ pid }: ContainerProcess): Socket | null {
  const pipe = openPipe(pid, REPLIES, constants.O_RDONLY);
  return pipe === null ? null : new Socket({ fd: pipe, readable: true, writable: false });
}

/** A descriptor of our own on a pipe that another process holds. */
function openPipe(pid: number, descriptor: number, direction: number): number | null {
  let opened: number;
  try {
    opened = openSync(`/proc/${pid}/fd/${descriptor}`, direction | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  if (fstatSync(opened).isFIFO()) return opened;
  closeSync(opened);
  return null;
}

/** Whether the process is bash in a cgroup of the container. Under gVisor it is not bash. */
async function isDispatcher({ containerId, pid }: ContainerProcess): Promise<boolean> {
  try {
    const [name, groups] = await Promise.all([
      readFile(`/proc/${pid}/comm`, "utf8"),
      readFile(`/proc/${pid}/cgroup`, "utf8"),
    ]);
    return name === "bash\n" && groups.includes(containerId);
  } catch {
    return false;
  }
}
