import type { Readable } from "node:stream";
import { createInterface } from "node:readline";

import { z } from "zod";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import type { DockerEngine, ImageFacts } from "./docker-engine.ts";

const PULL_TIMEOUT_MS = 30 * 60_000;
const lineSchema = z.object({ error: z.string().optional() }).loose();

/** Facts of an image, pulled first when it is not on the engine. Rejects with what the registry said. */
export async function ensureImage(engine: DockerEngine, reference: string, options: CallOptions): Promise<ImageFacts> {
  try {
    return await engine.inspectImage(reference, options);
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== "SWERL_DOCKER_NOT_FOUND") throw error;
  }
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(PULL_TIMEOUT_MS)]);
  const fail = (reason: string, cause: unknown): SandboxError =>
    new SandboxError(
      "SWERL_IMAGE_MISSING",
      `image ${reference} is not on ${engine.name} and cannot be pulled: ${reason}`,
      {
        hint: `docker pull ${reference}`,
        cause,
      },
    );
  let stream: Readable;
  try {
    stream = await engine.pullImage(reference, { signal, timeoutMs: 60_000 });
  } catch (error) {
    options.signal.throwIfAborted();
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
  const abort = (): void => void stream.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    for await (const line of createInterface({ input: stream })) {
      if (line.trim() === "") continue;
      const said = lineSchema.safeParse(parseLine(line));
      if (!said.success) throw fail(`it answered ${JSON.stringify(line.slice(0, 200))}`, said.error);
      if (said.data.error !== undefined) throw fail(said.data.error, null);
    }
  } finally {
    signal.removeEventListener("abort", abort);
    stream.destroy();
  }
  options.signal.throwIfAborted();
  // The stream can end early without an error: only the image itself is proof.
  return engine.inspectImage(reference, options).catch((error: unknown) => {
    throw fail("the pull ended and the image is not there", error);
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The schema refuses it with the line in the message.
    return null;
  }
}
