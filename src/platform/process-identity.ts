import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Names one process for as long as the machine runs: a pid alone is used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot when it started; null where /proc does not tell. */
  readonly start_time: string | null;
  readonly boot_id: string | null;
  /** /etc/machine-id; null where it names no machine. Absent in records of earlier versions. */
  readonly machine_id?: string | null;
  /** Pids count only inside one pid namespace. */
  readonly pid_namespace: string | null;
  readonly hostname: string;
}

/** The kernel's number of the first pid namespace; any other is a container's. */
const FIRST_PID_NAMESPACE = "pid:[4026531836]";

export function readOwnIdentity(): ProcessIdentity {
  const namespace = tryRead(() => readlinkSync("/proc/self/ns/pid"));
  return {
    pid: process.pid,
    start_time: readStartTime(process.pid),
    boot_id: tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    machine_id: namespace === FIRST_PID_NAMESPACE ? readMachineId() : null,
    pid_namespace: namespace,
    hostname: hostname(),
  };
}

/**
 * `unknown` when the process belongs to another machine or container, whose pids cannot be seen from here. Another boot
 * is an earlier one of this machine only where both its names agree: cloned machines share a hostname.
 */
export function checkAlive(other: ProcessIdentity, own: ProcessIdentity): "alive" | "dead" | "unknown" {
  if (other.boot_id !== own.boot_id) return isSameMachine(other, own) ? "dead" : "unknown";
  if (other.pid_namespace !== own.pid_namespace) return "unknown";
  if (own.start_time !== null) return readStartTime(other.pid) === other.start_time ? "alive" : "dead";
  try {
    process.kill(other.pid, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "dead" : "alive";
  }
}

function isSameMachine(other: ProcessIdentity, own: ProcessIdentity): boolean {
  const id = own.machine_id ?? null;
  return id !== null && other.machine_id === id && other.hostname === own.hostname;
}

/** Of a machine, not of a container, whose file comes with its image. Empty before the first boot has ended. */
function readMachineId(): string | null {
  const text = tryRead(() => readFileSync("/etc/machine-id", "utf8").trim());
  return text !== null && /^[0-9a-f]{32}$/.test(text) ? text : null;
}

/** Field 22 of /proc/<pid>/stat; the command name before it may hold spaces and parentheses. A zombie is gone. */
function readStartTime(pid: number): string | null {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
}

/** These files are absent outside Linux, and absence is an answer. */
function tryRead(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
