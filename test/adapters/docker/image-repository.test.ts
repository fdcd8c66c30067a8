import { afterAll, describe, expect, it } from "vitest";

import { createDockerProvider } from "../../../src/adapters/docker/docker-provider.ts";
import type { SandboxProvider, TreeChanges } from "../../../src/ports/sandbox.ts";
import { findTestImage } from "./find-test-image.ts";

const call = { signal: new AbortController().signal, timeoutMs: 60_000 };
const limits = { memoryBytes: 2 ** 29, maxProcesses: 64, diskBytes: 2 ** 28 };
const found = await findTestImage();
const MISSING = "image" in found ? "" : ` (skipped: ${found.missing})`;

/** As the images of SWE-bench hold theirs. */
describe.skipIf(MISSING !== "")(`a repository that is part of its image${MISSING}`, { timeout: 60_000 }, () => {
  let provider: Promise<SandboxProvider> | undefined;
  /** All there are, changed. */
  let files: Promise<TreeChanges> | undefined;
  afterAll(async () => (await provider)?.close());

  async function changesAfter(command: string, workdir = "/usr/share/python3"): Promise<TreeChanges> {
    const rootfs = { kind: "image", reference: "image" in found ? found.image : "" } as const;
    const sandbox = await (
      await (provider ??= createDockerProvider())
    ).open({ rootfs, tree: null, workdir, env: {}, limits }, call);
    try {
      await sandbox.run(command, call);
      return await sandbox.extractChanges(call);
    } finally {
      await sandbox.close();
    }
  }
  const show = ({ changes }: TreeChanges): [string, string | null][] =>
    changes.map(({ path, content }) => [path, content === null ? null : Buffer.from(content).toString()]);

  it("gives what was written, changed and removed, and nothing else", async () => {
    const changes = await changesAfter(
      "echo new > added; echo more >> py3versions.py; touch debian_defaults; rm debpython/version.py; mkdir -p a/b; echo deep > a/b/c; ln -s /etc/shadow stolen; mkfifo pipe",
    );
    expect(changes.left_out).toEqual([]);
    const shown = show(changes).map(([path, content]) => [path, content?.slice(-6) ?? null]);
    expect(shown).toEqual([
      ["a/b/c", "deep\n"],
      ["added", "new\n"],
      ["debpython/version.py", null],
      ["py3versions.py", expect.stringContaining("more\n")],
    ]);
  });

  it.each([
    ["rm -r debpython", {}],
    ["rm -r debpython; echo now a file > debpython", { debpython: "now a file\n" }],
    ["rm -r debpython; mkdir debpython; echo n > debpython/new", { "debpython/new": "n\n" }],
    [
      "rm -r debpython; mkdir -p debpython/__pycache__; echo n > debpython/__pycache__/n",
      { "debpython/__pycache__/n": "n\n" },
    ],
    ["mv debpython moved", "moved"],
    ["cd /; rm -r /usr/share/python3", "all"],
    ["cd /; rm -r /usr/share/python3; mkdir /usr/share/python3; echo n > /usr/share/python3/new", "all"],
    ["cd /; rm -r /usr/share; mkdir -p /usr/share/python3; echo n > /usr/share/python3/new", "all"],
    ["cd /; rm -r /usr/share", "all"],
    ["cd /; rm -r /usr/share/python3; ln -s /etc /usr/share/python3", "all"],
  ])("names every file of a folder that is gone: %s", async (command, rest) => {
    const before = await (files ??= changesAfter("find . -type f -exec sh -c 'echo >> $0' {} ';'"));
    const shown = new Map(show(await changesAfter(command)));
    const gone = show(before)
      .map(([path]) => path)
      .filter((path) => rest === "all" || path.startsWith("debpython/"));
    expect(gone.length).toBeGreaterThan(3);
    expect(gone.filter((path) => shown.get(path) !== null)).toEqual([]);
    if (typeof rest === "object")
      for (const [path, content] of Object.entries(rest)) expect(shown.get(path)).toBe(content);
    if (rest === "moved")
      expect([...shown.keys()].filter((path) => path.startsWith("moved/")).length).toBe(gone.length);
  });

  it("leaves a large file out by name, and reads no folder for a small one", async () => {
    const { changes, left_out } = await changesAfter(
      "head -c 70000000 /dev/zero > large; truncate -s 200M sparse; echo x > python3/dist-packages/small",
      "/usr/lib",
    );
    expect(changes.map(({ path }) => path)).toEqual(["python3/dist-packages/small"]);
    expect(left_out).toEqual([
      { path: "large", reason: "too_large" },
      { path: "sparse", reason: "too_large" },
    ]);
  });
});
