import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DockerEngine } from "../../../src/adapters/docker/docker-engine.ts";
import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import { readArchive } from "../../../src/adapters/docker/read-archive.ts";
import { readImageChanges } from "../../../src/adapters/docker/read-image-changes.ts";
import { ensureImage } from "../../../src/adapters/docker/pull-image.ts";
import { SandboxError } from "../../../src/platform/errors.ts";
import { type DaemonFault, type FakeDaemon, startFakeDaemon } from "../../fakes/docker-daemon.ts";

const options = { signal: new AbortController().signal, timeoutMs: 400 };
const ID = "a".repeat(64);

/** Every call that needs an answer, by name. Streams are read by their callers under deadlines of their own. */
const CALLS: Readonly<Record<string, (engine: DockerEngine) => Promise<unknown>>> = {
  version: (engine) => engine.version(options),
  info: (engine) => engine.info(options),
  "inspect image": (engine) => engine.findImage("image:1", options),
  create: (engine) => engine.create({ Image: "image:1" }, options),
  inspect: (engine) => engine.inspect(ID, options),
  list: (engine) => engine.list("swerl.owner", options),
  changes: (engine) => engine.changes(ID, options),
  start: (engine) => engine.start(ID, options),
  kill: (engine) => engine.kill(ID, options),
  remove: (engine) => engine.remove(ID, options),
  "put archive": (engine) => engine.putArchive(ID, Buffer.alloc(100_000), options),
  attach: (engine) => engine.attach(ID, options),
  "get archive": (engine) =>
    engine.readArchive(ID, "/testbed", options, (archive, signal) => readArchive(archive, 1_000_000, signal)),
  "ask the registry": (engine) => engine.askRegistry("image:1", options),
  events: (engine) => engine.wasKilled(ID, "2026-11-21T20:05:31.4Z", options),
  "ensure image": (engine) => ensureImage(engine, "image:1", { ...options, timeoutMs: 400 }),
};

const FAULTS: readonly DaemonFault[] = [
  "silent",
  "half-body-then-end",
  "half-body-then-reset",
  "half-body-then-stall",
  "reset",
  "garbage",
  "garbage-json",
  "wrong-shape",
  "server-error",
  "upgrade-then-silent",
  "upgrade-then-half-frame",
  "upgrade-then-end",
  "redirect",
  "redirect-nowhere",
  "endless",
];
/** Calls whose answer we do not read: any success status will do. */
const UNREAD = new Set(["start", "kill", "remove", "put archive"]);
/** Calls that answer with a stream as soon as the head is there. */
const STREAMS = new Set(["attach"]);

describe.each(FAULTS)("a daemon that is %s", (fault) => {
  let daemon: FakeDaemon;
  beforeEach(async () => {
    daemon = await startFakeDaemon(fault);
  });
  afterEach(() => daemon.close());

  it.each(Object.keys(CALLS))("%s settles within its deadline with a named error", async (name) => {
    const engine = new DockerEngine({ socketPath: daemon.socketPath });
    const settled = await Promise.race([
      (CALLS[name] as (engine: DockerEngine) => Promise<unknown>)(engine).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
      new Promise<"never">((resolve) => setTimeout(() => resolve("never"), 5_000)),
    ]);
    expect(settled).not.toBe("never");
    if (settled === "never") return;
    if ("error" in settled) {
      expect(settled.error).toBeInstanceOf(SandboxError);
      expect((settled.error as SandboxError).code).toMatch(/^SWERL_(DOCKER|IMAGE)_[A-Z_]+$/);
    } else {
      expect(UNREAD.has(name) || STREAMS.has(name)).toBe(true);
      if (STREAMS.has(name)) (settled.value as { destroy(): void }).destroy();
    }
    // A connection that stays would be one of the few that kills and removals have.
    await expect.poll(() => daemon.openSockets(), { timeout: 3_000 }).toBe(0);
  });

  it("makes a provider that is refused, in one screen", async () => {
    const creating = createDockerProvider({ endpoints: [{ socketPath: daemon.socketPath }], timeoutMs: 400 });
    await expect(creating).rejects.toThrow(SandboxError);
  });
});

it("counts a list of changes without end as what code inside has made", async () => {
  const daemon = await startFakeDaemon("endless");
  const engine = new DockerEngine({ socketPath: daemon.socketPath });
  const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };
  const spec = { rootfs: { kind: "image", reference: "image:1" }, tree: null, workdir: "/", env: {}, limits } as const;
  const reading = readImageChanges(engine, ID, "image:1", spec, { ...options, timeoutMs: 20_000 });
  await expect(reading).rejects.toMatchObject({ name: "SandboxBrokenError", code: "SWERL_SANDBOX_TOO_LARGE" });
  await daemon.close();
}, 30_000);

describe("no daemon at all", () => {
  it("says so with a fix", async () => {
    const engine = new DockerEngine({ socketPath: "/nowhere/docker.sock" });
    await expect(engine.version(options)).rejects.toMatchObject({
      code: "SWERL_DOCKER_UNREACHABLE",
      hint: expect.stringContaining("bubblewrap"),
    });
  });

  it("rejects with the abort reason", async () => {
    const daemon = await startFakeDaemon("silent");
    const controller = new AbortController();
    const engine = new DockerEngine({ socketPath: daemon.socketPath });
    const asking = engine.version({ signal: controller.signal, timeoutMs: 60_000 });
    controller.abort(new Error("enough"));
    await expect(asking).rejects.toThrow("enough");
    await daemon.close();
  });
});
