import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeEach, expect, it } from "vitest";

import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import type { SandboxProvider } from "../../../src/ports/sandbox.ts";
import { type FakeEngine, startFakeEngine } from "../../fakes/docker-engine.ts";

const call = { signal: new AbortController().signal, timeoutMs: 10_000 };
const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };
const rootfs = { kind: "image", reference: "one:1" } as const;
const spec = { rootfs, tree: null, workdir: "/testbed", env: {}, limits };
const stateDirectory = mkdtempSync(join(tmpdir(), "swerl-full-host-"));
let full: FakeEngine;
let other: FakeEngine;
beforeEach(async () => {
  // The file system of /proc has room for nothing.
  full = await startFakeEngine({ id: "full", dataRoot: "/proc" });
  other = await startFakeEngine({ id: "other" });
  for (const { images } of [full, other]) images.set("one:1", {});
});
afterEach(() => Promise.all([full.close(), other.close()]));
afterAll(() => rmSync(stateDirectory, { recursive: true }));

const open = (...engines: FakeEngine[]): Promise<SandboxProvider> =>
  createDockerProvider({ endpoints: engines.map(({ socketPath }) => ({ socketPath })), stateDirectory });

it("names an engine's full disk before anything is opened", async () => {
  await expect(open(full)).rejects.toMatchObject({
    code: "SWERL_DISK_FULL",
    message: expect.stringMatching(`${full.name}: /proc: 0 MiB free, expected at least 256 MiB`),
    hint: expect.stringContaining("free some space"),
  });
});

it("gives nothing to an engine whose disk is full", async () => {
  const provider = await open(full, other);
  await Promise.all([1, 2, 3].map(() => provider.open(spec, call)));
  expect([full.containers.size, other.containers.size]).toEqual([0, 3]);
  await provider.close();
});

it("takes an engine's word for a disk that it cannot see", async () => {
  other.failure = { path: /create/, status: 500, message: "mkdir /data/x: no space left on device" };
  const provider = await open(other);
  await expect(provider.open(spec, call)).rejects.toMatchObject({
    code: "SWERL_DISK_FULL",
    message: expect.stringContaining("mkdir /data/x"),
    hint: expect.stringContaining("free some space"),
  });
  await provider.close();
});
