import { Agent } from "undici";

import { DeadlineError, sleep, withDeadline } from "../../platform/deadline.ts";
import { TrainerError } from "../../platform/errors.ts";

export interface TinkerClientOptions {
  /** Root of the server, without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** Deadline of one operation, from its submission to its result. */
  readonly requestTimeoutMs: number;
  /** First pause before another try; it doubles up to 10 s. Default 500. */
  readonly backoffMs?: number;
}

/** The Tinker protocol's two kinds of calls. All reject with TrainerError, or with the signal's abort reason. */
export interface TinkerClient {
  /** A call that is answered at once. */
  ask(path: string, body: object, signal: AbortSignal): Promise<Record<string, unknown>>;
  /**
   * A queued operation: submits it, then polls its future. With a `seq_id` in the body the submission is safe to
   * repeat, and is repeated when the connection breaks; without one it is sent once.
   */
  operate(path: string, body: object, signal: AbortSignal): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 5;
const DEFAULT_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;
/** Longer than a server holds one poll (300 s), so that only a dead connection runs into it. */
const POLL_TIMEOUT_MS = 330_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export function createTinkerClient(options: TinkerClientOptions): TinkerClient {
  const root = `${options.baseUrl.replace(/\/$/, "")}/api/v1`;
  const backoffMs = options.backoffMs ?? DEFAULT_BACKOFF_MS;
  const headers = {
    "content-type": "application/json",
    ...(options.apiKey === undefined ? {} : { "x-api-key": options.apiKey }),
  };
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });

  async function post(path: string, body: string, signal: AbortSignal): Promise<Answer> {
    const url = new URL(`${root}/${path}`);
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname,
      method: "POST",
      headers,
      body,
      signal,
    });
    return { status: response.statusCode, text: await response.body.text() };
  }

  /** One answer that is neither a server error nor a broken connection. */
  async function postWithRetries(path: string, body: string, attempts: number, signal: AbortSignal): Promise<Answer> {
    for (let tried = 1; ; tried++) {
      const failure = await post(path, body, signal).then(
        (answer) => (answer.status >= 500 || answer.status === 429 ? describe(path, answer) : answer),
        (error: unknown) => {
          signal.throwIfAborted();
          if (!(error instanceof Error)) throw error;
          return unreachable(root, error);
        },
      );
      if (!(failure instanceof TrainerError)) return failure;
      if (tried >= attempts) throw failure;
      await sleep(Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** (tried - 1)) * (0.5 + Math.random()), signal);
    }
  }

  async function poll(requestId: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const body = JSON.stringify({ request_id: requestId });
    for (;;) {
      const answer = await withDeadline(signal, POLL_TIMEOUT_MS, (inner) =>
        postWithRetries("retrieve_future", body, MAX_ATTEMPTS, inner),
      ).catch((error: unknown) => {
        if (error instanceof DeadlineError && !signal.aborted) return null;
        throw error;
      });
      if (answer === null || answer.status === 408) continue;
      if (answer.status !== 200) throw describe("retrieve_future", answer);
      return parse("retrieve_future", answer.text);
    }
  }

  async function within<T>(what: string, signal: AbortSignal, run: (inner: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withDeadline(signal, options.requestTimeoutMs, run);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw new TrainerError("SWERL_TRAINER_TIMEOUT", `${root}/${what}: ${error.message}`, {
        cause: error,
        hint: "raise trainer.request_timeout_s, or look at the trainer's log",
      });
    }
  }

  async function submit(path: string, body: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const attempts = "seq_id" in body ? MAX_ATTEMPTS : 1;
    const answer = await postWithRetries(path, JSON.stringify(body), attempts, signal);
    if (answer.status !== 200) throw describe(path, answer);
    return parse(path, answer.text);
  }

  return {
    ask: (path, body, signal) => within(path, signal, (inner) => submit(path, body, inner)),
    operate: (path, body, signal) =>
      within(path, signal, async (inner) => {
        const pending = await submit(path, body, inner);
        const requestId = pending["request_id"];
        if (typeof requestId !== "string") {
          throw new TrainerError("SWERL_TRAINER_PROTOCOL", `${path} answered without a request_id`);
        }
        return await poll(requestId, inner);
      }),
    close: () => agent.destroy(),
  };
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through to the one error for everything that is not an object.
  }
  throw new TrainerError("SWERL_TRAINER_PROTOCOL", `${path} answered ${text.slice(0, 200)}`);
}

function describe(path: string, { status, text }: Answer): TrainerError {
  return new TrainerError("SWERL_TRAINER_REFUSED", `${path} failed (${status}): ${readDetail(text)}`);
}

function readDetail(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === "string" ? detail : JSON.stringify(detail ?? text).slice(0, 1000);
  } catch {
    return text.slice(0, 1000);
  }
}

function unreachable(root: string, cause: Error): TrainerError {
  return new TrainerError("SWERL_TRAINER_UNREACHABLE", `${root}: ${cause.message || String(cause)}`, {
    cause,
    hint: "check that the trainer runs and that trainer.base_url is right",
  });
}
