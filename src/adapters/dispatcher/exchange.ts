import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Readable, Writable } from "node:stream";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import { type Frame, FrameReader } from "./frame-reader.ts";
import { renderRequest } from "./render-request.ts";

/** How a request ended. `cut`: its deadline came, and the frame tells what there was until then. */
export type Answer =
  | { readonly kind: "answered"; readonly frame: Frame }
  | { readonly kind: "cut"; readonly frame: Frame }
  | { readonly kind: "died" };

export interface ExchangeStreams {
  readonly input: Writable;
  readonly output: Readable;
}

export interface ExchangeOptions extends ExchangeStreams {
  /** Sends SIGUSR1 to the dispatcher, from outside; settles when it is delivered. May reject when there is none. */
  readonly interrupt: () => Promise<void>;
  /** Ends the sandbox by force; called when the dispatcher does not answer an interrupt. */
  readonly destroy: () => void;
}

export interface Request {
  readonly op: "p" | "x" | "w" | "s" | "d";
  readonly payloads: readonly Buffer[];
  readonly numbers?: readonly number[];
}

/** Time the dispatcher has to answer after an interrupt before the sandbox counts as dead. */
const RECOVERY_TIMEOUT_MS = 10_000;
/** setTimeout takes 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One request at a time over the two streams of a dispatcher. A request that outlives its deadline or is aborted
 * makes the dispatcher end everything inside; the exchange is ready for the next request afterwards.
 */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #reader: FrameReader;
  readonly #feed = (chunk: Buffer): void => this.#reader.feed(chunk);
  #streams: ExchangeStreams;
  #waiting: { readonly nonce: string; readonly resolve: (frame: Frame | null) => void } | null = null;
  #turn: Promise<void> = Promise.resolve();
  #dead = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#reader = new FrameReader((frame) => this.#settle(frame));
    this.#streams = options;
    const die = (): void => this.die();
    options.output.on("data", this.#feed).on("end", die).on("close", die).on("error", die);
    options.input.on("error", die).on("close", die);
  }

  /**
   * From here on requests and replies take these streams. What comes over the first ones is dropped; their end remains
   * the one that counts as the sandbox's, because whoever holds them knows then how it ended.
   */
  move(streams: ExchangeStreams): void {
    this.#options.output.off("data", this.#feed).resume();
    this.#streams = streams;
    streams.output.on("data", this.#feed).on("error", () => {});
    streams.input.on("error", () => {});
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Marks the sandbox as gone and answers what waits. Idempotent. */
  die(): void {
    this.#dead = true;
    this.#settle(null);
  }

  /** Asks the dispatcher to end. Says nothing about when it does. */
  quit(): void {
    if (!this.#dead) this.#streams.input.write(renderRequest("q", newNonce()));
  }

  /** Sends a request and waits for its answer. Rejects only with the abort reason or when its turn never comes. */
  async request(request: Request, options: CallOptions): Promise<Answer> {
    const release = await this.#takeTurn(options);
    let recovering: Promise<Answer> | null = null;
    try {
      if (this.#dead) return { kind: "died" };
      const nonce = newNonce();
      const answer = new Promise<Frame | null>((resolve) => {
        this.#waiting = { nonce, resolve };
      });
      this.#reader.await(nonce);
      this.#streams.input.write(renderRequest(request.op, nonce, request.payloads, request.numbers));
      const first = await raceDeadline(answer, options);
      if (first === null) return { kind: "died" };
      if (first !== "late" && first !== "aborted") return { kind: "answered", frame: first };
      recovering = this.#recover(answer);
      options.signal.throwIfAborted();
      return await recovering;
    } finally {
      if (recovering === null) release();
      else void recovering.then(release, release);
    }
  }

  /** Has everything inside ended. The dispatcher then answers the request that ran too long. */
  async #recover(answer: Promise<Frame | null>): Promise<Answer> {
    const never = new AbortController().signal;
    const options = { signal: never, timeoutMs: RECOVERY_TIMEOUT_MS };
    const interrupted = this.#options.interrupt().then(
      () => answer,
      () => answer,
    );
    const frame = await raceDeadline(interrupted, options);
    if (frame === "late" || frame === "aborted" || frame === null) {
      this.#options.destroy();
      this.die();
      return { kind: "died" };
    }
    return { kind: frame.words[0] === "x" ? "answered" : "cut", frame };
  }

  #settle(frame: Frame | null): void {
    const waiting = this.#waiting;
    if (waiting === null || (frame !== null && frame.nonce !== waiting.nonce)) return;
    this.#waiting = null;
    waiting.resolve(frame);
  }

  /** Requests are served in the order of their calls. */
  async #takeTurn({ signal, timeoutMs }: CallOptions): Promise<() => void> {
    signal.throwIfAborted();
    const before = this.#turn;
    let release = (): void => {};
    this.#turn = new Promise((resolve) => {
      release = () => resolve();
    });
    const turn = await raceDeadline(before, { signal, timeoutMs: timeoutMs + RECOVERY_TIMEOUT_MS });
    if (turn === undefined) return release;
    void before.then(release);
    signal.throwIfAborted();
    throw new SandboxError("SWERL_SANDBOX_BUSY", `the sandbox was busy for ${timeoutMs} ms`);
  }
}

function newNonce(): string {
  return randomBytes(16).toString("hex");
}

/** The value, or which of deadline and abort signal came first. */
async function raceDeadline<T>(value: Promise<T>, options: CallOptions): Promise<T | "late" | "aborted"> {
  setMaxListeners(0, options.signal);
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  const cut = new Promise<"late" | "aborted">((resolve) => {
    timer = setTimeout(() => resolve("late"), Math.min(options.timeoutMs, MAX_TIMER_MS));
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
