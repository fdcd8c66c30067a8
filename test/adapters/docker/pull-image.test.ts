import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { DockerEngine } from "../../../src/adapters/docker/docker-engine.ts";
import { pullImage } from "../../../src/adapters/docker/pull-image.ts";
import { type DaemonFault, startFakeDaemon } from "../../fakes/docker-daemon.ts";

const signal = new AbortController().signal;

describe("pulling an image", () => {
  it.each<[DaemonFault, string, string]>([
    ["half-body-then-reset", "SWERL_DOCKER_CONNECTION_LOST", "was lost while it pulled image:1"],
    ["half-body-then-end", "SWERL_DOCKER_CONNECTION_LOST", "was lost while it pulled image:1"],
    ["garbage-json", "SWERL_IMAGE_MISSING", 'it answered "{\\"Id\\": \\"a"'],
    ["server-error", "SWERL_IMAGE_MISSING", "no space left"],
  ])("from an engine whose answer is %s rejects with %s", async (fault, code, message) => {
    const daemon = await startFakeDaemon(fault);
    const engine = new DockerEngine({ socketPath: daemon.socketPath });
    await expect(pullImage(engine, "image:1", { signal, timeoutMs: 1_000 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    await daemon.close();
  });

  it("ends when asked, however long the engine says nothing", async () => {
    const daemon = await startFakeDaemon("half-body-then-stall");
    const engine = new DockerEngine({ socketPath: daemon.socketPath });
    const stop = new AbortController();
    const pulling = pullImage(engine, "image:1", { signal: stop.signal, timeoutMs: 60_000 });
    await delay(100);
    stop.abort(new Error("enough"));
    await expect(pulling).rejects.toThrow("enough");
    await daemon.close();
  });
});
