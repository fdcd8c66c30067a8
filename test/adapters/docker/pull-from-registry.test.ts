import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DockerEngine } from "../../../src/adapters/docker/docker-engine.ts";
import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import type { SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import { type ImageRegistry, type PushedImage, startImageRegistry } from "../../fakes/image-registry.ts";
import { findTestImage } from "./find-test-image.ts";

const found = await findTestImage();
const call = { signal: new AbortController().signal, timeoutMs: 60_000 };

const reason = "missing" in found ? `(skipped: ${found.missing})` : "";

describe.skipIf(reason !== "")(`a real engine and a registry ${reason}`, () => {
  const engine = new DockerEngine();
  let registry: ImageRegistry;
  let name: string;
  let state: string;
  let providers: SandboxProvider[];
  const pushed = new Set<string>();
  beforeEach(async () => {
    registry = await startImageRegistry();
    name = `${registry.address}/probe:1`;
    state = mkdtempSync(join(tmpdir(), "swerl-registry-"));
    providers = [];
  });
  afterEach(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
    await removePushed();
    await registry.close();
    await rm(state, { recursive: true, force: true });
  });

  async function push(content: string): Promise<PushedImage & { exact: string }> {
    // Other content for each test, so that none finds layers of another.
    const { digest, id } = await registry.push("1", `${content} at ${registry.address}`);
    pushed.add(id);
    return { digest, id, exact: `${name}@${digest}` };
  }
  async function removePushed(): Promise<void> {
    for (const id of pushed) await engine.removeImage(id, call);
  }
  async function openProvider(images: Record<string, string> = {}): Promise<SandboxProvider> {
    const provider = await createDockerProvider({ stateDirectory: state, images });
    providers.push(provider);
    return provider;
  }
  async function open(provider: SandboxProvider): Promise<void> {
    const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };
    const rootfs = { kind: "image", reference: name } as const;
    const spec: SandboxSpec = { rootfs, tree: null, workdir: "/", env: {}, limits };
    await provider.open(spec, call);
  }
  /** The images have no bash, which an engine tells once it has one. */
  async function pull(provider: SandboxProvider): Promise<void> {
    await expect(open(provider)).rejects.toMatchObject({ code: "SWERL_IMAGE_NO_BASH" });
  }
  const idOf = async (reference: string): Promise<string | undefined> => (await engine.findImage(reference, call))?.Id;

  it("pulls what the tag meant when it was asked for, and names it", async () => {
    const old = await push("old");
    const provider = await openProvider();
    expect(await provider.checkImage?.(name, call)).toEqual({ where: "remote", exact: old.exact });
    await push("new");
    await pull(provider);
    expect([await idOf(old.exact), await idOf(name)]).toEqual([old.id, old.id]);
    expect(new Set(registry.asked)).toEqual(new Set([old.digest]));
  });

  it("goes on with the image of an earlier start, and begins with what the tag means now", async () => {
    const old = await push("old");
    await pull(await openProvider());
    await removePushed();
    const fresh = await push("new");
    await pull(await openProvider({ [name]: old.exact }));
    expect(await idOf(name)).toBe(old.id);
    await removePushed();
    await pull(await openProvider());
    expect(await idOf(name)).toBe(fresh.id);
  });

  it("says what is wrong: a manifest that is not the digest's, none, and no registry", async () => {
    const old = await push("old");
    const other = await push("other");
    registry.lies.set(old.digest, other.digest);
    const lied = await openProvider({ [name]: old.exact });
    await expect(open(lied)).rejects.toMatchObject({
      code: "SWERL_IMAGE_MISSING",
      message: expect.stringContaining("manifest verification failed"),
    });
    const gone = `${name}@sha256:${"f".repeat(64)}`;
    await expect((await openProvider({ [name]: gone })).checkImage?.(name, call)).rejects.toMatchObject({
      code: "SWERL_IMAGE_MISSING",
      message: expect.stringMatching(/sha256:f{64} is not on unix:.* cannot be pulled: .*manifest unknown/),
    });
    await registry.close();
    await expect((await openProvider()).checkImage?.(name, call)).rejects.toMatchObject({
      code: "SWERL_IMAGE_MISSING",
      message: expect.stringContaining("connection refused"),
    });
    expect(await idOf(other.exact)).toBeUndefined();
  });
});
