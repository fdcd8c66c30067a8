import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import { agreeOnImage } from "../../../src/adapters/docker/image-identity.ts";
import type { SandboxError } from "../../../src/platform/errors.ts";
import type { SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import { digestOf, type FakeEngine, startFakeEngine } from "../../fakes/docker-engine.ts";

const call = { signal: new AbortController().signal, timeoutMs: 10_000 };
const specOf = (reference: string): SandboxSpec => ({
  rootfs: { kind: "image", reference },
  tree: null,
  workdir: "/testbed",
  env: {},
  limits: { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 },
});
const exactly = (name: string, content: string): string => `${name}@${digestOf(content)}`;

let state: string;
let engines: FakeEngine[];
let providers: SandboxProvider[];
beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "swerl-identity-"));
  engines = await Promise.all(["a", "b", "c"].map((id) => startFakeEngine({ id })));
  providers = [];
});
afterEach(async () => {
  await Promise.all(providers.map((provider) => provider.close()));
  await Promise.all(engines.map((engine) => engine.close()));
  await rm(state, { recursive: true, force: true });
});

async function openPool(hosts: readonly FakeEngine[], images: Record<string, string> = {}): Promise<SandboxProvider> {
  const endpoints = hosts.map(({ socketPath }) => ({ socketPath }));
  const provider = await createDockerProvider({ endpoints, stateDirectory: state, images });
  providers.push(provider);
  return provider;
}
const only = (index: number): FakeEngine => engines[index] as FakeEngine;
const openedOn = (hosts: readonly FakeEngine[]): string[] => hosts.flatMap(({ opened }) => opened);
/** The registry that all engines ask: what a tag means now, and what it meant before. */
function moveTag(from: string, to: string): void {
  for (const { registry } of engines) registry.set("one:1", { content: to }).set("one:before", { content: from });
}

describe("a name of an image", () => {
  it("means one digest on every host, asked for once, though the tag moves", async () => {
    for (const { registry } of engines) registry.set("one:1", { content: "old" });
    const pool = await openPool(engines);
    await Promise.all([pool.checkImage?.("one:1", call), pool.open(specOf("one:1"), call)]);
    moveTag("old", "new");
    for (let index = 0; index < 10; index += 1) await pool.open(specOf("one:1"), call);
    expect(engines.map(({ opened }) => new Set(opened))).toEqual(engines.map(() => new Set(["old"])));
    expect(engines.flatMap(({ pulls }) => pulls)).toEqual(engines.map(() => exactly("one:1", "old")));
    expect(engines.flatMap(({ asked }) => asked)).toEqual(["one:1"]);
    // By its name again for the person, and for a run without the registry.
    expect(engines.map(({ images }) => images.get("one:1")?.content)).toEqual(["old", "old", "old"]);
  });

  it("means what the hosts that have it hold, whatever the registry has by now", async () => {
    only(0).images.set("one:1", { content: "old" });
    moveTag("old", "new");
    const pool = await openPool(engines);
    for (let index = 0; index < 10; index += 1) await pool.open(specOf("one:1"), call);
    expect(engines.every(({ opened }) => opened.length > 0)).toBe(true);
    expect(new Set(openedOn(engines))).toEqual(new Set(["old"]));
    expect(engines.flatMap(({ asked }) => asked)).toEqual([]);
  });

  it("is refused when two hosts have two images under it", async () => {
    only(0).images.set("one:1", { content: "old" });
    only(2).images.set("one:1", { content: "new", isLocal: true });
    const pool = await openPool(engines);
    const error = (await pool.checkImage?.("one:1", call).catch((caught: unknown) => caught)) as SandboxError;
    expect(error).toMatchObject({
      code: "SWERL_IMAGE_AMBIGUOUS",
      hint: expect.stringContaining("docker pull one:1 on each host"),
    });
    expect(error.message).toContain("image one:1 is not the same image on every Docker host");
    expect(error.message).toContain(`${digestOf("old")} on ${only(0).name}`);
    expect(error.message).toMatch(new RegExp(`sha256:[0-9a-f]{64} on ${only(2).name}`));
    expect(openedOn(engines)).toEqual([]);
    only(2).images.set("one:1", { content: "old" });
    await pool.open(specOf("one:1"), call);
    expect(openedOn(engines)).toEqual(["old"]);
  });

  it("means a local image by its Id, and never an image of a registry that has the same name", async () => {
    for (const engine of engines.slice(0, 2)) engine.images.set("mine:1", { content: "built", isLocal: true });
    for (const { registry } of engines) registry.set("mine:1", { content: "foreign" });
    const pool = await openPool(engines);
    expect(await pool.checkImage?.("mine:1", call)).toMatchObject({
      where: "present",
      exact: expect.stringMatching(/^sha256:/),
    });
    for (let index = 0; index < 12; index += 1) await pool.open(specOf("mine:1"), call);
    expect(engines.map(({ opened }) => opened.length)).toEqual([6, 6, 0]);
    expect(new Set(openedOn(engines))).toEqual(new Set(["built"]));
    await Promise.all([only(0).stop(), only(1).stop()]);
    await expect(pool.open(specOf("mine:1"), call)).rejects.toMatchObject({ code: "SWERL_DOCKER_UNREACHABLE" });
    await expect(pool.open(specOf("mine:1"), call)).rejects.toMatchObject({
      code: "SWERL_IMAGE_MISSING",
      message: expect.stringMatching(/image mine:1 \(sha256:\w+\) is not on .* no digest of a registry/),
    });
    await Promise.all([only(0).start(), only(1).start()]);
  });

  it("means to a later provider what it meant to the first, and what the host calls so is left alone", async () => {
    only(0).registry.set("one:1", { content: "old" });
    const first = await openPool([only(0)]);
    const checked = await first.checkImage?.("one:1", call);
    expect(checked).toEqual({ where: "remote", exact: exactly("one:1", "old") });
    moveTag("old", "new");
    only(0).images.set("one:1", { content: "new" });
    const images = { "one:1": checked?.exact ?? "" };
    await (await openPool([only(0)], images)).open(specOf("one:1"), call);
    await (await openPool([only(0)])).open(specOf("one:1"), call);
    expect(only(0).opened).toEqual(["old", "new"]);
    expect(only(0).images.get("one:1")?.content).toBe("new");
  });

  it("is pulled to see what it means when the registry cannot be asked", async () => {
    for (const engine of engines) {
      engine.registry.set("one:1", { content: "old" });
      engine.failure = { path: /distribution/, status: 500, message: "no such endpoint" };
    }
    const pool = await openPool(engines);
    expect(await pool.checkImage?.("one:1", call)).toEqual({ where: "present", exact: exactly("one:1", "old") });
    for (let index = 0; index < 10; index += 1) await pool.open(specOf("one:1"), call);
    expect(engines.flatMap(({ pulls }) => pulls).toSorted()).toEqual([
      "one:1",
      exactly("one:1", "old"),
      exactly("one:1", "old"),
    ]);
  });

  it("that is a digest is asked for as it is", async () => {
    only(0).registry.set("one:1", { content: "old" });
    const pool = await openPool([only(0)]);
    const name = exactly("one", "old");
    expect(await pool.checkImage?.(name, call)).toEqual({ where: "remote", exact: name });
    await pool.open(specOf(name), call);
    expect(only(0).pulls).toEqual([name]);
    expect([...only(0).images.keys()]).toEqual([]);
    const unknown = `sha256:${"f".repeat(64)}`;
    await expect(pool.open(specOf(unknown), call)).rejects.toMatchObject({ code: "SWERL_IMAGE_MISSING" });
    expect(only(0).pulls).toEqual([name]);
  });
});

describe("what hosts have under a name", () => {
  const [one, two] = [digestOf("one"), digestOf("two")];
  const found = (Id: string, ...RepoDigests: string[]) => ({
    host: "a",
    facts: { Id, RepoDigests, Architecture: "amd64", Size: 1 },
  });

  it("is agreed on by a digest of the name's own repository", () => {
    const agreed = (name: string, first: ReturnType<typeof found>, ...others: ReturnType<typeof found>[]) =>
      agreeOnImage(name, first, others).reference;
    expect(agreed("a/b:1", found("x", `a/b@${one}`, `a/b@${two}`), found("y", `a/b@${two}`))).toBe(`a/b:1@${two}`);
    expect(agreed("docker.io/library/b", found("x", `b@${one}`))).toBe(`docker.io/library/b@${one}`);
    expect(agreed("h:5000/b", found("x", `h:5000/b@${one}`))).toBe(`h:5000/b@${one}`);
    expect(agreed("b:1", found("x", `mirror/b@${one}`))).toBe("x");
    expect(agreed("b:1", found("x", `b@${one}`), found("x"))).toBe("x");
    expect(() => agreed("b:1", found("x", `b@${one}`), found("y", `b@${two}`))).toThrow("b:1 is not the same");
  });
});
