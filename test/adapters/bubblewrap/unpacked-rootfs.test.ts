import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createBubblewrapProvider } from "../../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import type { SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import { call } from "../../contracts/sandbox-harness.ts";

/** Made by scripts/make-test-image; a folder as `docker export` or debootstrap leaves it. */
const ROOTFS = join(import.meta.dirname, "../../../.cache/test-image/rootfs");
const MISSING = existsSync(ROOTFS) ? "" : " (skipped: scripts/make-test-image makes the root file system)";

describe.skipIf(MISSING !== "")(`a sandbox over an unpacked root file system${MISSING}`, { timeout: 60_000 }, () => {
  let provider: SandboxProvider;
  let tree: string;
  const limits = { memoryBytes: 2 ** 29, maxProcesses: 128, diskBytes: 2 ** 28 };
  const specOf = (given: Partial<SandboxSpec>): SandboxSpec => ({
    rootfs: { kind: "directory", path: ROOTFS },
    tree,
    workdir: "/testbed",
    env: {},
    limits,
    ...given,
  });
  beforeAll(async () => {
    provider = await createBubblewrapProvider();
    tree = await mkdtemp(join(tmpdir(), "swerl-rootfs-"));
    await mkdir(join(tree, "sub"));
    await writeFile(join(tree, "sub/a.txt"), "alpha\n");
  });
  afterAll(async () => {
    await provider?.close();
    await rm(tree, { recursive: true, force: true });
  });

  it("runs the image's own tools, with everything writable", async () => {
    const sandbox = await provider.open(specOf({}), call);
    const result = await sandbox.run(
      "/usr/bin/python3 -m pytest --version && git --version && echo x > /etc/motd",
      call,
    );
    expect(result).toMatchObject({ status: "exited", exit_code: 0 });
    await sandbox.run("rm -rf /usr/share/doc; echo beta > sub/a.txt", call);
    const { changes } = await sandbox.extractChanges(call);
    expect(changes.map(({ path, content }) => [path, Buffer.from(content ?? []).toString()])).toEqual([
      ["sub/a.txt", "beta\n"],
    ]);
    await sandbox.close();
    expect(existsSync(join(ROOTFS, "usr/share/doc"))).toBe(true);
  });

  it("runs nothing in process 1 that a cgroup file planted inside says, nor a planted program with the requests", async () => {
    const sandbox = await provider.open(specOf({}), call);
    const evaluated = "x[$(touch /tmp/ran)]";
    const program = `#!/bin/sh\nls /proc/self/fd >/tmp/held\necho '1+${evaluated}'\n`;
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    await sandbox.writeFiles(
      [
        { path: "/sys/fs/cgroup/pids.current", content: encode(`${evaluated}\n`) },
        { path: "/usr/local/sbin/wc", content: encode(program), executable: true },
      ],
      call,
    );
    await sandbox.run("sleep 100 &", call);
    await sandbox.run("seq 10000", call);
    const held = (await sandbox.run("cat /tmp/held", call)).stdout.text.split("\n");
    expect(held).toContain("0");
    expect(held.filter((fd) => fd === "8" || fd === "9")).toEqual([]);
    const after = await sandbox.run("[[ -e /tmp/ran ]] && echo ran; exit 4", call);
    expect(after).toMatchObject({ exit_code: 4, stdout: { text: "" } });
    await sandbox.close();
  });

  it("extracts changes of a repository that is part of the root file system", async () => {
    const sandbox = await provider.open(specOf({ tree: null, workdir: "/usr/share/python3" }), call);
    await sandbox.run("rm -r debpython; echo new > added; ln -s /etc/shadow stolen", call);
    const paths = (await sandbox.extractChanges(call)).changes.map(({ path, content }) => [path, content === null]);
    expect(paths).toContainEqual(["added", false]);
    expect(paths.filter(([path]) => String(path).startsWith("debpython/")).every(([, isGone]) => isGone)).toBe(true);
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.map(([path]) => path)).not.toContain("stolen");
    await sandbox.close();
    expect(existsSync(join(ROOTFS, "usr/share/python3/debpython"))).toBe(true);
  });

  it("looks for its mounts inside the image, where links of the image lead", async () => {
    const rootfs = await mkdtemp(join(dirname(ROOTFS), "linked-"));
    try {
      execFileSync("cp", ["-al", `${ROOTFS}/.`, rootfs]);
      await rm(join(rootfs, "tmp"), { recursive: true });
      await symlink("/var/tmp", join(rootfs, "tmp"));
      await symlink("../../opt/swerl-repo", join(rootfs, "testbed"));
      // Opened to be made, it held up the launch for ever.
      execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", join(rootfs, "run/swerl-shell")]);
      await mkdir(join(rootfs, "opt/swerl-repo"), { recursive: true });
      const linked = { kind: "directory", path: rootfs } as const;
      const sandbox = await provider.open(specOf({ rootfs: linked }), call);
      const result = await sandbox.run("cat /opt/swerl-repo/sub/a.txt; touch /tmp/seen; ls /var/tmp; df /tmp", call);
      expect(result.stdout.text).toMatch(/^alpha\nseen\n[^]* \/var\/tmp\n$/);
      await sandbox.close();
      await symlink("/opt/swerl-nowhere", join(rootfs, "nowhere"));
      await expect(provider.open(specOf({ rootfs: linked, workdir: "/nowhere" }), call)).rejects.toMatchObject({
        code: "SWERL_SANDBOX_START_FAILED",
        message: expect.stringMatching(/cannot make the folder \/nowhere/),
      });
      expect(["swerl-repo", "swerl-nowhere"].filter((name) => existsSync(`/opt/${name}`))).toEqual([]);
    } finally {
      await rm(rootfs, { recursive: true, force: true });
    }
  });

  it.each([
    ["/srv/repo", "mkdir -p /srv; rm -rf /srv/repo; ln -s /etc /srv/repo"],
    ["/srv/etc", "rm -rf /srv; ln -s / /srv"],
    ["/srv/alternatives/x", "rm -rf /srv; mkdir -p /srv; ln -s /etc/alternatives /srv/alternatives"],
  ])("follows no link out of %s: %s", async (workdir, command) => {
    const sandbox = await provider.open(specOf({ tree: null, workdir }), call);
    await sandbox.run(`cd /; ${command}`, call);
    expect(await sandbox.extractChanges(call)).toEqual({ changes: [], left_out: [] });
    await sandbox.close();
  });
});
