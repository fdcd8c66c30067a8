import type { Readable } from "node:stream";

import { z } from "zod";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import type { DockerEngine, ImageFacts } from "./docker-engine.ts";
import { isExact } from "./image-identity.ts";

export const PULL_TIMEOUT_MS = 30 * 60_000;
const lineSchema = z.object({ error: z.string().optional() }).loose();

/** Facts of an image, pulled first when it is not on the engine. Rejects with what the registry said. */
export async function ensureImage(engine: DockerEngine, reference: string, options: CallOptions): Promise<ImageFacts> {
  const there = await engine.findImage(reference, options);
  if (there !== null) return there;
  await pullImage(engine, reference, options);
  const facts = await engine.findImage(reference, options);
  // The stream can end early without an error: only the image itself is proof.
  if (facts === null) throw missingImage(engine, reference, "the pull ended and the image is not there");
  return facts;
}

/** Pulls an image, within half an hour. Rejects with what the registry said, or with how the engine was lost. */
export async function pullImage(engine: DockerEngine, reference: string, options: CallOptions): Promise<void> {
  const timeout = AbortSignal.timeout(PULL_TIMEOUT_MS);
  const signal = AbortSignal.any([options.signal, timeout]);
  let stream: Readable;
  try {
    stream = await engine.pullImage(reference, { signal, timeoutMs: 60_000 });
  } catch (error) {
    options.signal.throwIfAborted();
    throw missingImage(engine, reference, error instanceof Error ? error.message : String(error), error);
  }
  const abort = (): void => void stream.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    for await (const line of readLines(stream)) {
      const said = lineSchema.safeParse(parseLine(line));
      if (!said.success) {
        throw missingImage(engine, reference, `it answered ${JSON.stringify(line.slice(0, 200))}`, said.error);
      }
      if (said.data.error !== undefined) throw missingImage(engine, reference, said.data.error);
    }
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    // What we ended ourselves is told below.
    if (!signal.aborted) {
      throw new SandboxError("SWERL_DOCKER_CONNECTION_LOST", `${engine.name} was lost while it pulled ${reference}`, {
        cause: error,
      });
    }
  } finally {
    signal.removeEventListener("abort", abort);
    stream.destroy();
  }
  options.signal.throwIfAborted();
  if (timeout.aborted) throw missingImage(engine, reference, `no end in ${PULL_TIMEOUT_MS / 60_000} minutes`);
}

/** An image that is not there and cannot be had; a full disk of the engine is named as such. */
export function missingImage(engine: DockerEngine, reference: string, reason: string, cause?: unknown): SandboxError {
  const isFull = /no space left on device/i.test(reason);
  return new SandboxError(
    isFull ? "SWERL_DISK_FULL" : "SWERL_IMAGE_MISSING",
    `image ${reference} is not on ${engine.name} and cannot be pulled: ${reason}`,
    {
      hint: isFull
        ? "free space on the engine's disk (docker system df), or lower sandbox.image_cache_gb"
        : `docker pull ${reference}${isExact(reference) ? "; a run keeps to the image that a name meant at its start" : ""}`,
      cause,
    },
  );
}

/** Lines that are not empty. Ends with its stream, which readline does not when the stream is destroyed. */
async function* readLines(stream: Readable): AsyncGenerator<string> {
  let held = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = `${held}${chunk}`.split("\n");
    held = lines.pop() ?? "";
    yield* lines.filter((line) => line.trim() !== "");
  }
  if (held.trim() !== "") yield held;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The schema refuses it with the line in the message.
    return null;
  }
}
