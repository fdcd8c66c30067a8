import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { z } from "zod";

import { DeadlineError, withDeadline } from "../../platform/deadline.ts";
import { TrainerError } from "../../platform/errors.ts";

export interface EmbeddedWorkerOptions {
  /** Interpreter with the worker's packages, e.g. trainer/.venv/bin/python. */
  readonly python: string;
  /** Model folder. */
  readonly baseModel: string;
  /** Folder of its checkpoints. */
  readonly stateDir: string;
  readonly dtype: "float32" | "bfloat16";
  /** cpu, cuda or cuda:N. */
  readonly device: string;
  /** null = all cores. */
  readonly threads: number | null;
  /** Further arguments of `swerl_trainer serve`. */
  readonly extraArguments?: readonly string[];
  readonly startTimeoutMs: number;
  /** Told once when the worker ends without having been stopped; its last lines are in the message. */
  readonly onDeath?: (error: TrainerError) => void;
}

export interface EmbeddedWorker {
  /** Root of its Tinker server; the policy is at `${url}/v1`. */
  readonly url: string;
  /** Name under which both servers know the model. */
  readonly model: string;
  /** Ends the process; resolves when it is gone. Idempotent. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 8000;
const KEPT_LINES = 20;
const readySchema = z.object({ event: z.literal("ready"), url: z.string(), model: z.string() });

/**
 * Starts the Python worker and waits until it serves. It holds the other end of a pipe to its stdin, so it also
 * ends when this process is killed.
 */
export async function startEmbeddedWorker(
  options: EmbeddedWorkerOptions,
  signal: AbortSignal,
): Promise<EmbeddedWorker> {
  const child = spawn(options.python, renderArguments(options), {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      PYTHONPATH: join(import.meta.dirname, "..", "..", "..", "trainer"),
      PYTHONUNBUFFERED: "1",
      HF_HUB_OFFLINE: "1",
      TRANSFORMERS_OFFLINE: "1",
    },
  });
  const lines = keepLastLines(child.stderr);
  let isStopping = false;
  // Writing to a worker that died is reported by its exit.
  child.stdin.on("error", () => undefined);
  const ended = once(child, "exit").then(
    ([code, killedBy]) => describeDeath(`ended with ${killedBy ?? `exit code ${code}`}`, lines),
    (error: Error) => describeDeath(`could not be started: ${error.message}`, lines),
  );

  async function stop(): Promise<void> {
    isStopping = true;
    child.stdin.end();
    const forced = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(forced);
  }

  try {
    const ready = await withDeadline(signal, options.startTimeoutMs, () =>
      Promise.race([
        readReadyLine(child),
        ended.then((error) => {
          throw error;
        }),
      ]),
    );
    void (async () => {
      const error = await ended;
      if (!isStopping) options.onDeath?.(error);
    })();
    return { url: ready.url, model: ready.model, stop };
  } catch (error) {
    await stop();
    if (error instanceof DeadlineError) throw describeDeath(`was not ready: ${error.message}`, lines);
    throw error;
  }
}

function renderArguments(options: EmbeddedWorkerOptions): string[] {
  return [
    "-m",
    "swerl_trainer",
    "serve",
    "--base-model",
    options.baseModel,
    "--state-dir",
    options.stateDir,
    "--dtype",
    options.dtype,
    "--device",
    options.device,
    ...(options.threads === null ? [] : ["--threads", String(options.threads)]),
    ...(options.extraArguments ?? []),
    "--exit-with-parent",
  ];
}

/** Resolves at the one line of JSON that the worker prints on stdout; other lines before it are let pass. */
async function readReadyLine(child: ChildProcess): Promise<z.infer<typeof readySchema>> {
  const reader = createInterface({ input: child.stdout as Readable });
  return await new Promise((resolve) => {
    reader.on("line", (line) => {
      const parsed = readySchema.safeParse(tryParse(line));
      if (parsed.success) resolve(parsed.data);
    });
  });
}

function tryParse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A line for people.
    return null;
  }
}

function keepLastLines(stream: Readable): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on("line", (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  });
  return lines;
}

function describeDeath(what: string, lines: readonly string[]): TrainerError {
  const tail = lines.length === 0 ? "" : `; its last lines:\n${lines.join("\n")}`;
  return new TrainerError("SWERL_TRAINER_DIED", `the trainer worker ${what}${tail}`, {
    hint: "run swerl doctor; ./scripts/quickstart installs the worker's packages",
  });
}
