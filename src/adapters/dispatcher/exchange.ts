import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import { type Frame, FrameReader } from "./frame-reader.ts";
import { renderRequest } from "./render-request.ts";

/** How a request ended: answered, cut short by its deadline (`frame` answers the kill), or by the sandbox's end. */
export type Answer =
  | { readonly kind: "answered"; readonly frame: Frame }
  | { readonly kind: "timed_out"; readonly frame: Frame }
  | { readonly kind: "died" };

export interface ExchangeStreams {
  readonly input: Writable;
  readonly output: Readable;
  /** Ends the sandbox by force; called when it does not even answer a kill request. */
  readonly destroy: () => void;
}

export interface Request {
  readonly op: "p" | "x" | "s";
  readonly payloads: readonly Buffer[];
  readonly numbers?: readonly number[];
}

/** Time a kill request has to be answered before the sandbox counts as dead. */
const RECOVERY_TIMEOUT_MS = 10_000;

/**
 * One request at a time over the two streams of a dispatcher. A request that outlives its deadline or is aborted
 * makes the dispatcher end everything inside; the exchange is ready for the next request afterwards.
 */
export class Exchange {
  readonly #streams: ExchangeStreams;
  readonly #reader: FrameReader;
  readonly #waiting = new Map<string, (frame: Frame | null) => void>();
  #turn: Promise<void> = Promise.resolve();
  #dead = false;

  constructor(streams: ExchangeStreams) {
    this.#streams = streams;
    this.#reader = new FrameReader((frame) => this.#settle(frame.nonce, frame));
    streams.output.on("data", (chunk: Buffer) => this.#reader.feed(chunk));
    const die = (): void => this.die();
    streams.output.on("end", die).on("close", die).on("error", die);
    streams.input.on("error", die).on("close", die);
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Marks the sandbox as gone and answers everything that waits. Idempotent. */
  die(): void {
    this.#dead = true;
    for (const nonce of this.#waiting.keys()) this.#settle(nonce, null);
  }

  /** Asks the dispatcher to end. Says nothing about when it does. */
  quit(): void {
    if (!this.#dead) this.#streams.input.write(renderRequest("q", newNonce()));
  }

  /** Sends a request and waits for its answer. Rejects only with the abort reason or when its turn never comes. */
  async request(request: Request, options: CallOptions): Promise<Answer> {
    const release = await this.#takeTurn(options);
    let recovering: Promise<unknown> | null = null;
    try {
      if (this.#dead) return { kind: "died" };
      const nonce = newNonce();
      const answer = this.#expect(nonce);
      this.#streams.input.write(renderRequest(request.op, nonce, request.payloads, request.numbers));
      const first = await raceDeadline(answer, options);
      if (first === null) return { kind: "died" };
      if (first !== "late" && first !== "aborted") return { kind: "answered", frame: first };
      recovering = this.#recover(nonce, answer);
      options.signal.throwIfAborted();
      return await (recovering as Promise<Answer>);
    } finally {
      if (recovering === null) release();
      else void recovering.then(release, release);
    }
  }

  /** Ends everything inside. The answer of the request that ran too long still counts if it comes before. */
  async #recover(nonce: string, answer: Promise<Frame | null>): Promise<Answer> {
    const killNonce = newNonce();
    const killed = this.#expect(killNonce);
    let answered: Frame | null = null;
    const noteAnswer = async (): Promise<void> => {
      answered = await answer;
    };
    void noteAnswer();
    this.#streams.input.write(renderRequest("k", killNonce));
    const never = new AbortController().signal;
    const frame = await raceDeadline(killed, { signal: never, timeoutMs: RECOVERY_TIMEOUT_MS });
    this.#drop(nonce);
    if (frame === "late" || frame === "aborted" || frame === null) {
      this.#drop(killNonce);
      this.#streams.destroy();
      this.die();
      return { kind: "died" };
    }
    return answered === null ? { kind: "timed_out", frame } : { kind: "answered", frame: answered };
  }

  #expect(nonce: string): Promise<Frame | null> {
    this.#reader.await(nonce);
    return new Promise((resolve) => this.#waiting.set(nonce, resolve));
  }

  #drop(nonce: string): void {
    this.#reader.forget(nonce);
    this.#waiting.delete(nonce);
  }

  #settle(nonce: string, frame: Frame | null): void {
    const resolve = this.#waiting.get(nonce);
    this.#waiting.delete(nonce);
    resolve?.(frame);
  }

  /** Requests are served in the order of their calls. */
  async #takeTurn(options: CallOptions): Promise<() => void> {
    options.signal.throwIfAborted();
    const before = this.#turn;
    let release = (): void => {};
    this.#turn = new Promise((resolve) => {
      release = () => resolve();
    });
    const turn = await raceDeadline(before, {
      signal: options.signal,
      timeoutMs: options.timeoutMs + RECOVERY_TIMEOUT_MS,
    });
    if (turn === undefined) return release;
    void before.then(release);
    options.signal.throwIfAborted();
    throw new SandboxError("SWERL_SANDBOX_BUSY", `the sandbox was busy for ${options.timeoutMs} ms`);
  }
}

function newNonce(): string {
  return randomBytes(16).toString("hex");
}

/** The value, or which of deadline and abort signal came first. */
async function raceDeadline<T>(value: Promise<T>, options: CallOptions): Promise<T | "late" | "aborted"> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  const cut = new Promise<"late" | "aborted">((resolve) => {
    timer = setTimeout(() => resolve("late"), options.timeoutMs);
    onAbort = () => resolve("aborted");
    options.signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([value, cut]);
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  }
}
