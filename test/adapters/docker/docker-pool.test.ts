import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import { setDrained } from "../../../src/adapters/docker/drained-hosts.ts";
import { OWNER_LABEL } from "../../../src/adapters/docker/owner-labels.ts";
import { readOwnIdentity } from "../../../src/platform/process-identity.ts";
import type { Sandbox, SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import { startFakeDaemon } from "../../fakes/docker-daemon.ts";
import { digestOf, type FakeEngine, startFakeEngine } from "../../fakes/docker-engine.ts";

const call = { signal: new AbortController().signal, timeoutMs: 10_000 };
const specOf = (reference: string): SandboxSpec => ({
  rootfs: { kind: "image", reference },
  tree: null,
  workdir: "/testbed",
  env: {},
  limits: { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 },
});

let state: string;
let engines: FakeEngine[];
let provider: SandboxProvider | null;
beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "swerl-pool-"));
  engines = await Promise.all(["a", "b", "c"].map((id) => startFakeEngine({ id })));
  provider = null;
});
afterEach(async () => {
  await provider?.close();
  await Promise.all(engines.map((engine) => engine.close()));
  await rm(state, { recursive: true, force: true });
});

async function openPool(options: { imageBudgetBytes?: number; timeoutMs?: number } = {}): Promise<SandboxProvider> {
  provider = await createDockerProvider({
    endpoints: engines.map(({ socketPath }) => ({ socketPath })),
    stateDirectory: state,
    ...options,
  });
  return provider;
}
const openMany = (pool: SandboxProvider, image: string, count: number): Promise<Sandbox[]> =>
  Promise.all(Array.from({ length: count }, () => pool.open(specOf(image), call)));
const counts = (): number[] => engines.map(({ containers }) => containers.size);
const only = (index: number): FakeEngine => engines[index] as FakeEngine;
const exactly = (name: string, content = name): string => `${name}@${digestOf(content)}`;
/** Containers of an engine that are none of those. */
const sandboxesOf = ({ containers }: FakeEngine, others: ReadonlySet<string>): number =>
  [...containers.keys()].filter((id) => !others.has(id)).length;

describe("an engine that falls silent in the middle of a start", () => {
  const steps = ["images/.*json", "containers/create", "attach", "/start", "containers/[^/]+/json"];
  it.each(steps)("at %s: the open ends within its deadline, and nothing is left", async (step) => {
    engines.slice(1).forEach((engine) => engine.images.clear());
    only(0).images.set("one:1", {});
    const pool = await openPool();
    only(0).silence = new RegExp(step);
    const opening = pool.open(specOf("one:1"), { ...call, timeoutMs: 600 });
    await expect(Promise.race([opening, delay(5_000)])).rejects.toMatchObject({ code: "SWERL_DOCKER_TIMEOUT" });
    only(0).silence = null;
    await pool.close();
    expect(only(0).containers.size).toBe(0);
  });

  it("ends an open that waits for a warm sandbox, when it is given up and when its time is up", async () => {
    only(0).images.set("one:1", {});
    const pool = await openPool();
    only(0).silence = /create/;
    pool.warm?.(specOf("one:1"), 2);
    const late = pool.open(specOf("one:1"), { ...call, timeoutMs: 600 });
    await expect(Promise.race([late, delay(5_000)])).rejects.toMatchObject({ code: "SWERL_DOCKER_TIMEOUT" });
    const controller = new AbortController();
    const opening = pool.open(specOf("one:1"), { signal: controller.signal, timeoutMs: 60_000 });
    controller.abort(new Error("enough"));
    await expect(Promise.race([opening, delay(5_000)])).rejects.toThrow("enough");
  });

  it("makes a pool all the same when it cannot say what it still holds", async () => {
    only(0).silence = /containers\/json/;
    await expect(Promise.race([openPool({ timeoutMs: 500 }), delay(5_000)])).resolves.toBeDefined();
  });
});

describe("a pool that is closed", () => {
  it("ends the opens that are under way, and leaves nothing", async () => {
    only(0).images.set("one:1", {});
    const pool = await openPool();
    only(0).silence = /start/;
    const opening = pool.open(specOf("one:1"), call).catch((error: unknown) => error);
    await expect.poll(() => counts()[0]).toBe(1);
    await pool.close();
    expect(await opening).toMatchObject({ code: "SWERL_SANDBOX_CLOSED" });
    expect(counts()).toEqual([0, 0, 0]);
    await expect(pool.open(specOf("one:1"), call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_CLOSED" });
  });
});

describe("a pool of Docker hosts", () => {
  it("says that a tree is not there", async () => {
    const pool = await openPool();
    const spec = { ...specOf("one:1"), tree: "/nowhere/at-all" };
    await expect(pool.open(spec, call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_NO_TREE" });
    await expect(pool.open({ ...spec, tree: "relative" }, call)).rejects.toThrow("is no absolute path");
  });

  it("places where the image is, and spreads by load where several have it", async () => {
    only(1).images.set("one:1", {});
    for (const engine of engines.slice(0, 2)) engine.images.set("two:1", {});
    const pool = await openPool();
    await pool.open(specOf("one:1"), call);
    await pool.open(specOf("one:1"), call);
    expect(counts()).toEqual([0, 2, 0]);
    for (let index = 0; index < 4; index += 1) await pool.open(specOf("two:1"), call);
    expect(counts()).toEqual([3, 3, 0]);
    expect(engines.flatMap(({ pulls }) => pulls)).toEqual([]);
  });

  it("pulls an image once a host, and spills over when its hosts are busy", async () => {
    for (const engine of engines) engine.registry.set("big:1", {});
    const pool = await openPool();
    await openMany(pool, "big:1", 2);
    expect(engines.flatMap(({ pulls }) => pulls)).toEqual([exactly("big:1")]);
    for (let index = 0; index < 10; index += 1) await pool.open(specOf("big:1"), call);
    expect(counts().every((count) => count > 0)).toBe(true);
    expect(engines.map(({ pulls }) => pulls.length)).toEqual([1, 1, 1]);
  });

  it("goes on elsewhere when a host is lost, and takes it back when it returns", async () => {
    for (const engine of engines) engine.images.set("one:1", {});
    const pool = await openPool();
    const sandboxes = await openMany(pool, "one:1", 6);
    expect(counts()).toEqual([2, 2, 2]);
    const lost = new Set(only(0).containers.keys());
    await only(0).stop();
    const gone = sandboxes.filter(({ id }) => lost.has(id));
    expect(gone).toHaveLength(2);
    for (const sandbox of gone) {
      await expect(sandbox.run("true", call)).rejects.toMatchObject({ code: expect.stringMatching(/^SWERL_DOCKER_/) });
    }
    await openMany(pool, "one:1", 4);
    expect(counts().slice(1)).toEqual([4, 4]);
    await Promise.all(gone.map((sandbox) => sandbox.close()));
    await only(0).start();
    // The pause doubles from a second; opens that come later probe the host and then use it, the least busy.
    for (let look = 0; look < 60 && sandboxesOf(only(0), lost) === 0; look += 1) {
      await delay(100);
      await pool.open(specOf("one:1"), call);
    }
    expect(sandboxesOf(only(0), lost)).toBeGreaterThan(0);
    // What could not be removed while it was away goes when it returns.
    expect([...lost].filter((id) => only(0).containers.has(id))).toEqual([]);
  });

  it("tries the next host when one refuses, and says why when all do", async () => {
    for (const engine of engines) engine.images.set("one:1", {});
    only(0).failure = { path: /create/, status: 500, message: "no space left on device" };
    only(1).failure = { path: /start/, status: 500, message: "no space left on device" };
    const pool = await openPool();
    await openMany(pool, "one:1", 5);
    expect(counts()).toEqual([0, 0, 5]);
    only(2).failure = { path: /create/, status: 500, message: "no space left on device" };
    await expect(pool.open(specOf("one:1"), { ...call, timeoutMs: 1_000 })).rejects.toMatchObject({
      message: expect.stringContaining("no space left on device"),
    });
  });

  it("gives a drained host nothing new and keeps what it has", async () => {
    for (const engine of engines) engine.images.set("one:1", {});
    const pool = await openPool();
    await openMany(pool, "one:1", 3);
    await setDrained(state, only(2).name, true);
    await openMany(pool, "one:1", 4);
    expect(counts()).toEqual([3, 3, 1]);
    await setDrained(state, only(2).name, false);
    await openMany(pool, "one:1", 2);
    expect(only(2).containers.size).toBe(3);
  });

  it("waits for a host while none takes work", async () => {
    engines = engines.slice(0, 1);
    only(0).images.set("one:1", {});
    const pool = await openPool();
    await only(0).stop();
    const opening = pool.open(specOf("one:1"), call);
    await delay(200);
    await only(0).start();
    expect((await opening).id).toMatch(/^[0-9a-f]{64}$/);
    await only(0).stop();
    await expect(pool.open(specOf("one:1"), { ...call, timeoutMs: 1_500 })).rejects.toMatchObject({
      code: "SWERL_DOCKER_UNREACHABLE",
    });
    await only(0).start();
  });

  it.each(["silent", "reset", "garbage", "half-body-then-stall"] as const)(
    "starts with a host that is %s, and refuses when all are",
    async (fault) => {
      const daemon = await startFakeDaemon(fault);
      only(0).images.set("one:1", {});
      const endpoints = [{ socketPath: daemon.socketPath }, { socketPath: only(0).socketPath }];
      provider = await createDockerProvider({ endpoints, stateDirectory: state, timeoutMs: 300 });
      await provider.open(specOf("one:1"), call);
      expect(only(0).containers.size).toBe(1);
      const alone = createDockerProvider({
        endpoints: [{ socketPath: daemon.socketPath }, { socketPath: "/nowhere/docker.sock" }],
        stateDirectory: state,
        timeoutMs: 300,
      });
      await expect(alone).rejects.toMatchObject({
        code: "SWERL_DOCKER_NO_HOST",
        message: expect.stringContaining("/nowhere/docker.sock"),
      });
      await daemon.close();
    },
  );

  it("removes what dead runs left on every host, and nothing of a live run", async () => {
    const own = readOwnIdentity();
    for (const engine of engines) {
      engine.containers.set("d".repeat(64), { [OWNER_LABEL]: JSON.stringify({ ...own, start_time: "1" }) });
      engine.containers.set("e".repeat(64), { [OWNER_LABEL]: JSON.stringify(own) });
    }
    await openPool();
    expect(counts()).toEqual([1, 1, 1]);
  });
});

describe("images of a host", () => {
  beforeEach(() => {
    engines = engines.slice(0, 1);
  });

  it("are removed least recently used first beyond the budget; those in use and those not pulled by swerl stay", async () => {
    const engine = only(0);
    engine.images.set("mine:1", { bytes: 1_000_000 });
    for (const name of ["one:1", "two:1", "three:1"]) engine.registry.set(name, { bytes: 400 });
    const pool = await openPool({ imageBudgetBytes: 800 });
    const [used] = await openMany(pool, "one:1", 1);
    await delay(20);
    await (await pool.open(specOf("two:1"), call)).close();
    await pool.open(specOf("mine:1"), call);
    await (await pool.open(specOf("three:1"), call)).close();
    expect(engine.removedImages).toEqual(["two:1"]);
    await used?.close();
    await delay(20);
    await (await pool.open(specOf("two:1"), call)).close();
    expect(engine.removedImages).toEqual(["two:1", "three:1"]);
    expect([...engine.images.keys()].toSorted()).toEqual(["mine:1", "one:1", "two:1"]);
  });

  it("are fetched ahead once, however often they are asked for", async () => {
    const engine = only(0);
    for (const name of ["one:1", "two:1"]) engine.registry.set(name, {});
    const pool = await openPool();
    pool.prefetch?.(["one:1", "two:1", "missing:1"]);
    await Promise.all([openMany(pool, "one:1", 3), openMany(pool, "two:1", 3)]);
    expect(engine.pulls.filter((name) => name !== "missing:1")).toEqual([exactly("one:1"), exactly("two:1")]);
  });

  it("are refused with the reason: missing, or for another machine", async () => {
    only(0).images.set("other:1", { architecture: "s390x" });
    const pool = await openPool();
    await expect(pool.checkImage?.("gone:1", call)).rejects.toMatchObject({
      code: "SWERL_IMAGE_MISSING",
      message: expect.stringContaining("manifest for gone:1 not found"),
    });
    await expect(pool.checkImage?.("other:1", call)).rejects.toMatchObject({ code: "SWERL_IMAGE_ARCHITECTURE" });
    await expect(pool.checkImage?.("UPPER/one:1", call)).rejects.toMatchObject({
      code: "SWERL_IMAGE_NAME",
      message: expect.stringMatching(/^"UPPER\/one:1" names no image: .*invalid reference format/),
      hint: expect.stringContaining("in lower case"),
    });
    only(0).images.set("bare:1", {});
    only(0).failure = { path: /start/, status: 400, message: 'exec: "/bin/bash": no such file or directory' };
    await expect(pool.open(specOf("bare:1"), call)).rejects.toMatchObject({ code: "SWERL_IMAGE_NO_BASH" });
    only(0).failure = null;
    await pool.open(specOf("bare:1"), call);
  });
});
