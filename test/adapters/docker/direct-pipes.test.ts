import { afterAll, describe, expect, it } from "vitest";

import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import { describeSandboxContract } from "../../contracts/sandbox.ts";
import { type ForeignEngine, startForeignEngine } from "../../fakes/foreign-engine.ts";
import { findTestImage } from "./find-test-image.ts";

const call = { signal: new AbortController().signal, timeoutMs: 30_000 };
const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };
const found = await findTestImage();

if ("image" in found) {
  const rootfs = { kind: "image", reference: found.image } as const;

  describe("the engine's stream", () => {
    let engine: ForeignEngine | undefined;
    afterAll(() => engine?.close());
    describeSandboxContract("docker, its processes out of reach", {
      createProvider: async () => {
        engine = await startForeignEngine({ namesProcesses: false });
        return createDockerProvider({ endpoints: [{ socketPath: engine.socketPath }] });
      },
      rootfs,
      guardsDispatcher: false,
      // Those of container-plan.ts.
      capabilities: 0xeb,
    });
  });

  describe("requests and replies", () => {
    it.skipIf(process.getuid?.() !== 0).each([
      ["go around the engine, as root of its machine", true],
      ["take the engine's stream where its processes are out of reach", false],
    ])("%s", async (_, goesAround) => {
      const engine = await startForeignEngine({ namesProcesses: goesAround });
      const provider = await createDockerProvider({ endpoints: [{ socketPath: engine.socketPath }] });
      const sandbox = await provider.open({ rootfs, tree: null, workdir: "/testbed", env: {}, limits }, call);
      const { stdout } = await sandbox.run("seq 20000; echo $((6 * 7))-was-said", {
        ...call,
        outputLimitBytes: 2 ** 20,
      });
      expect(stdout.text).toMatch(/^1\n[^]*\n20000\n42-was-said\n$/);
      expect(engine.lastSaid().includes("42-was-said")).toBe(!goesAround);
      await sandbox.close();
      await provider.close();
      await engine.close();
    });
  });
} else {
  describe("docker, its processes out of reach", () => {
    it.skip(`skipped: ${found.missing}`, () => {});
  });
}
