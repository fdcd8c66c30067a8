import type { RunEvent } from "../domain/run-event.ts";

/**
 * The journal of one run: append-only, one checksummed record an event, synced before `append` resolves.
 * Reading it back gives exactly the events whose append resolved, in order, plus at most those in flight.
 */
export interface RunStore {
  readonly directory: string;
  /** Events found when the run was opened. */
  readonly events: readonly RunEvent[];
  /** Resolves when the event is on disk. Calls keep their order. */
  append(event: RunEvent): Promise<void>;
  /** Releases the lock on the run directory. Idempotent. */
  close(): Promise<void>;
}
