import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { afterEach, describe, expect, it } from "vitest";

import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import type { Sandbox, SandboxProvider } from "../../../src/ports/sandbox.ts";
import { type ForeignEngine, startForeignEngine } from "../../fakes/foreign-engine.ts";
import { findTestImage } from "./find-test-image.ts";

const run = promisify(execFile);
const call = { signal: new AbortController().signal, timeoutMs: 30_000 };
const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };
const found = await findTestImage();
const MISSING = "image" in found ? "" : ` (skipped: ${found.missing})`;

describe.skipIf(MISSING !== "")(`how a container ends${MISSING}`, { timeout: 60_000 }, () => {
  let provider: SandboxProvider | undefined;
  let engine: ForeignEngine | undefined;
  afterEach(async () => {
    await provider?.close();
    await engine?.close();
  });

  async function open(tree: string | null = null): Promise<Sandbox> {
    engine = await startForeignEngine({ namesProcesses: true });
    provider = await createDockerProvider({ endpoints: [{ socketPath: engine.socketPath }] });
    const rootfs = { kind: "image", reference: "image" in found ? found.image : "" } as const;
    return provider.open(
      { rootfs, tree, workdir: tree === null ? "/usr/share/python3" : "/testbed", env: {}, limits },
      call,
    );
  }

  it.each([["kill"], ["rm", "-f"]])(
    "is infrastructure when somebody had the engine do it: docker %s",
    async (...words) => {
      const sandbox = await open();
      const running = sandbox.run("sleep 50", call);
      running.catch(() => {});
      await delay(200);
      await run("docker", [...words, sandbox.id]);
      await expect(running).rejects.toMatchObject({ name: "SandboxError" });
    },
  );

  it("does not end the process when the engine does not answer a kill", async () => {
    const sandbox = await open();
    (engine as ForeignEngine).silence = /\/kill/;
    const result = await sandbox.run("sleep 50", { ...call, timeoutMs: 300 });
    expect(result.status).toBe("sandbox_died");
    const extracting = sandbox.extractChanges({ ...call, timeoutMs: 500 });
    await expect(extracting).rejects.toMatchObject({ code: "SWERL_DOCKER_TIMEOUT" });
    await sandbox.close();
  });

  it("is one named error when the archive of the changes is cut", async () => {
    const sandbox = await open();
    await sandbox.run("echo new > added", call);
    (engine as ForeignEngine).cut = /\/archive/;
    await expect(sandbox.extractChanges(call)).rejects.toMatchObject({ code: expect.stringMatching(/^SWERL_DOCKER_/) });
  });

  it("is the sandbox's own doing when its workdir is larger than what is read", async () => {
    const tree = await mkdtemp(join(tmpdir(), "swerl-large-"));
    const sandbox = await open(tree);
    // One process makes them all: the disk watch may end it, which no longer keeps the files from being there.
    await sandbox.run("truncate -s 16M $(seq 80)", call);
    const extracting = sandbox.extractChanges(call);
    await expect(extracting).rejects.toMatchObject({ name: "SandboxBrokenError", code: "SWERL_SANDBOX_TOO_LARGE" });
    await sandbox.close();
    await rm(tree, { recursive: true });
  });
});
