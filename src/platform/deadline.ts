import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** Thrown by `withDeadline` when the time is up; adapters turn it into an error of their own boundary. */
export class DeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = "DeadlineError";
  }
}

/**
 * Runs something that leaves the process, and settles when it does, when the time is up (DeadlineError), or when
 * the outer signal aborts (its reason), whichever comes first. The inner signal aborts in both latter cases, and what
 * comes all the same goes to `discard`.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
  discard: (late: T) => void = () => {},
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  setMaxListeners(0, signal);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (reason: unknown): void => {
      reject(reason as Error);
      controller.abort(reason);
    };
    onAbort = () => end(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    timer = setTimeout(() => end(new DeadlineError(timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS));
  });
  try {
    const running = run(controller.signal);
    running.then((value) => (controller.signal.aborted ? discard(value) : undefined)).catch(() => {});
    return await Promise.race([running, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Starts a clock; it tells the milliseconds that are left, at least 1. */
export function countDown(timeoutMs: number): () => number {
  const endsAt = performance.now() + timeoutMs;
  return () => Math.max(1, endsAt - performance.now());
}

/** Waits, or rejects with the signal's reason. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  setMaxListeners(0, signal);
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** setTimeout takes 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;
