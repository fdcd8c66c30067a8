import PQueue from "p-queue";

/** A cap on work in flight; what waits starts in the order it came. */
export interface Permits {
  /** Runs the task once a permit is free. Rejects with the signal's reason when it aborts before the start. */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Tasks running and waiting now. */
  readonly load: () => { readonly running: number; readonly waiting: number };
}

export function createPermits(limit: number): Permits {
  const queue = new PQueue({ concurrency: limit });
  return {
    // A running task is never left behind on abort: it sees the signal itself and settles when it has cleaned up.
    run: (task, signal) =>
      queue.add(async () => {
        signal.throwIfAborted();
        return await task();
      }),
    load: () => ({ running: queue.pending, waiting: queue.size }),
  };
}
