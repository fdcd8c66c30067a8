import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createModelPatch } from "../../src/adapters/patches/create-model-patch.ts";
import type { FileChange, SandboxSpec } from "../../src/ports/sandbox.ts";
import { readOriginals } from "../../src/wiring/original-files.ts";
import { createMemoryProvider } from "../fakes/memory-sandbox.ts";

describe("the files of a tree before an episode", () => {
  let folder: string;
  const change = (path: string): FileChange => ({ path, content: Buffer.from("new\n"), executable: false });
  const patchOf = async (...changes: FileChange[]): Promise<string> => {
    const spec: SandboxSpec = {
      rootfs: { kind: "host" },
      tree: join(folder, "tree"),
      workdir: "/testbed",
      env: {},
      limits: { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 },
    };
    const originals = await readOriginals(spec, changes, createMemoryProvider(), new AbortController().signal);
    return (await createModelPatch(changes, originals)).patch;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "swerl-originals-"));
    await mkdir(join(folder, "tree/lib"), { recursive: true });
    await mkdir(join(folder, "outside"));
    await writeFile(join(folder, "tree/lib/a.txt"), "old\n");
    await writeFile(join(folder, "outside/secret.txt"), "secret\n");
    await symlink(join(folder, "outside"), join(folder, "tree/link"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("a path too long for the host below its tree ended the run: it was not there before", async () => {
    const long = `${"d".repeat(200)}/`.repeat(20).slice(0, 4_080);
    const patch = await patchOf(change("lib/a.txt"), change(`${long}/f`), change("n".repeat(300)));
    expect(patch).toContain("-old\n+new\n");
    expect(patch).toContain(`--- /dev/null\n+++ b/${long}/f\n`);
  });

  it("a folder put in the place of the tree's link showed what the link leads to", async () => {
    expect(await patchOf(change("link/secret.txt"))).toContain("--- /dev/null\n+++ b/link/secret.txt\n");
  });
});
