import { readFileSync } from "node:fs";

/** `status`: what wait(2) would tell of a process that has ended; null when somebody has waited for it already. */
export type ProcessState = { readonly isRunning: true } | { readonly isRunning: false; readonly status: number | null };

const EXIT_CODE_FIELD = 49;
const SIGKILL = 9;
/** bubblewrap ends with this code when process 1 was ended by SIGKILL. */
const CHILD_KILLED = 128 + SIGKILL;

/** A process as /proc shows it; one that has ended keeps its status there until its parent waits for it. */
export function readProcessState(pid: number): ProcessState {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return { isRunning: false, status: null };
  }
  // The name before the fields may hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] !== "Z" && fields[0] !== "X") return { isRunning: true };
  return { isRunning: false, status: Number(fields[EXIT_CODE_FIELD]) };
}

/**
 * True when bubblewrap, or process 1 below it, was ended by a signal that code inside cannot send: bubblewrap is
 * outside its pid namespace, and no SIGKILL from inside reaches process 1.
 */
export function wasKilledFromOutside(status: number | null): boolean {
  if (status === null) return false;
  const [signal, code] = [status & 0x7f, status >> 8];
  return signal !== 0 || code === CHILD_KILLED;
}
