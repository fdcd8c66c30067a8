import { readFileSync } from "node:fs";

/** `status`: what wait(2) would tell of a process that has ended; null when somebody has waited for it already. */
export type ProcessState = { readonly isRunning: true } | { readonly isRunning: false; readonly status: number | null };

const EXIT_CODE_FIELD = 49;
const SIGNAL_MASK = 0x7f;

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
 * True when bubblewrap was ended by a signal: it is outside the pid namespace of the code inside. That process 1 was
 * ended by one says nothing, because code inside can take its processor time away and have the kernel kill it.
 */
export function wasKilledFromOutside(status: number | null): boolean {
  return status !== null && (status & SIGNAL_MASK) !== 0;
}
