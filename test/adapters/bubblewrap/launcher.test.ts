import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createBubblewrapProvider } from "../../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import { openCgroups } from "../../../src/adapters/bubblewrap/cgroups.ts";
import { Launcher } from "../../../src/adapters/bubblewrap/launcher.ts";
import { prepareFiles } from "../../../src/adapters/bubblewrap/prepare-state.ts";
import type { SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import { call } from "../../contracts/sandbox-harness.ts";

/** Where systemd mounts cgroup v2 beside v1, without the controllers that v1 has. */
const UNIFIED = "/sys/fs/cgroup/unified";
const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
const { roots } = await openCgroups();
const hasCgroups = roots.length > 0;
const childrenOf = (pid: string): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((child) => child !== "");

const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };

describe("the launcher of bubblewrap sandboxes", { timeout: 60_000 }, () => {
  let folder: string;
  let provider: SandboxProvider;
  const specOf = (tree: string): SandboxSpec => ({
    rootfs: { kind: "host" },
    tree,
    workdir: "/testbed",
    env: {},
    limits,
  });
  /** Pids of the launchers of this provider. A process that ends meanwhile is none. */
  const launchers = (): string[] =>
    readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return command.startsWith("perl\0") && command.includes(folder);
      } catch {
        return false;
      }
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "swerl-launcher-"));
    provider = await createBubblewrapProvider({ stateDirectory: join(folder, "state") });
  });
  afterEach(async () => {
    await provider.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("opens a tree whose name has characters that overlayfs takes for its own", async () => {
    const tree = join(folder, "a,b:c\\d 'é\"$x");
    await mkdir(tree);
    await writeFile(join(tree, "file"), "before\n");
    const sandbox = await provider.open(specOf(tree), call);
    expect((await sandbox.run("cat file; echo after > file", call)).stdout.text).toBe("before\n");
    const { changes } = await sandbox.extractChanges(call);
    expect(changes.map(({ path, content }) => [path, Buffer.from(content ?? []).toString()])).toEqual([
      ["file", "after\n"],
    ]);
    await sandbox.close();
  });

  it("bounds the files that a command can put beside the dispatcher's: there was room for millions", async () => {
    await mkdir(join(folder, "tree"));
    const sandbox = await provider.open(specOf(join(folder, "tree")), call);
    const count = "cd /run/swerl; for i in $(seq 9000); do : >$i || break; done 2>/dev/null; echo $i; rm -f *";
    expect(Number((await sandbox.run(count, call)).stdout.text)).toBeLessThan(8_192);
    expect(await sandbox.run("echo here", call)).toMatchObject({ stdout: { text: "here\n" } });
    await sandbox.close();
  });

  it("is one process for all sandboxes, and another one when it was killed", async () => {
    await mkdir(join(folder, "tree"));
    const spec = specOf(join(folder, "tree"));
    const sandboxes = await Promise.all([1, 2, 3].map(() => provider.open(spec, call)));
    const [launcher, ...more] = launchers();
    expect([launcher, more]).toEqual([expect.any(String), []]);
    process.kill(Number(launcher), "SIGKILL");
    for (const sandbox of sandboxes) {
      await expect(sandbox.run("sleep 50", call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_LOST" });
      await sandbox.close();
    }
    const next = await provider.open(spec, call);
    expect(await next.run("echo here", call)).toMatchObject({ status: "exited", stdout: { text: "here\n" } });
    await next.close();
  });

  it("killed while a command ran was blamed on the command: the sandbox is lost, and its files stay readable", async () => {
    await mkdir(join(folder, "tree"));
    const sandbox = await provider.open(specOf(join(folder, "tree")), call);
    await sandbox.run("echo done >file", call);
    const running = sandbox.run("sleep 50", call);
    for (const pid of launchers()) process.kill(Number(pid), "SIGKILL");
    await expect(running).rejects.toMatchObject({ name: "SandboxError", code: "SWERL_SANDBOX_LOST" });
    await expect(sandbox.readFiles(["file"], call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_LOST" });
    await expect(sandbox.writeFiles([], call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_LOST" });
    await expect(sandbox.listFiles(".", call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_LOST" });
    expect((await sandbox.extractChanges(call)).changes.map(({ path }) => path)).toEqual(["file"]);
    await sandbox.close();
    expect(await sandbox.run("true", call)).toMatchObject({ status: "sandbox_died" });
  });

  it.skipIf(!hasCgroups)("an operator's kill of bubblewrap was blamed on the command", async () => {
    await mkdir(join(folder, "tree"));
    const sandbox = await provider.open(specOf(join(folder, "tree")), call);
    const [bubblewrap] = childrenOf(launchers()[0] as string);
    process.kill(Number(bubblewrap), "SIGKILL");
    await expect(sandbox.run("sleep 50", call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_LOST" });
    await sandbox.close();
    await expect.poll(() => childrenOf(launchers()[0] as string)).toEqual([]);
  });

  it.skipIf(!isWritable(UNIFIED))("starts a sandbox in a folder of cgroup v2, where it enters by birth", async () => {
    const group = join(UNIFIED, `swerl-test-${process.pid}`);
    await mkdir(group);
    const stateDirectory = join(folder, "own");
    const { mountpoint, seccomp } = await prepareFiles(stateDirectory);
    const launcher = new Launcher({ stateDirectory, mountpoint, seccomp });
    const bwrap = ["--dev-bind", "/", "/", "cat", "/proc/self/cgroup"];
    const asked = { diskBytes: 2 ** 20, entries: [group], rootfs: "", tree: "", root: [], bwrap };
    const { stream } = await launcher.launch(asked);
    expect((await stream.toArray()).join("")).toContain(`\n0::/${basename(group)}\n`);
    await launcher.close();
    await expect
      .poll(() =>
        rmdir(group).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it("leaves no process and no socket when it is closed", async () => {
    await mkdir(join(folder, "tree"));
    await provider.open(specOf(join(folder, "tree")), call);
    await provider.close();
    await expect.poll(launchers).toEqual([]);
    expect((await readdir(join(folder, "state"))).filter((name) => name.startsWith("launcher-"))).toEqual([]);
  });

  /** Processes that name the provider's folder; what an opening that was given up left waiting for ever was one. */
  const processes = (): string[] =>
    readdirSync("/proc").filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
      } catch {
        return false;
      }
    });

  it("leaves no process of openings that are given up at any moment", async () => {
    await mkdir(join(folder, "tree"));
    for (let turn = 0; turn < 40; turn += 1) {
      const signal = AbortSignal.timeout(turn);
      await provider.open(specOf(join(folder, "tree")), { ...call, signal }).then(
        (sandbox) => sandbox.close(),
        () => undefined,
      );
    }
    await expect.poll(() => childrenOf(launchers()[0] as string), { timeout: 5_000 }).toEqual([]);
    expect(processes()).toEqual(launchers());
  });

  it("leaves no process when it ends while sandboxes are opened", async () => {
    await mkdir(join(folder, "tree"));
    for (let turn = 0; turn < 8; turn += 1) {
      const own = await createBubblewrapProvider({ stateDirectory: join(folder, "state") });
      const opening = Array.from({ length: 6 }, () => own.open(specOf(join(folder, "tree")), call));
      await new Promise((resolve) => setTimeout(resolve, 15 + turn * 4));
      // As when swerl is killed: its input ends, and its streams close.
      for (const pid of launchers()) process.kill(Number(pid), "SIGSTOP");
      const closing = own.close();
      for (const pid of launchers()) process.kill(Number(pid), "SIGCONT");
      await Promise.all([closing, Promise.allSettled(opening)]);
    }
    await expect.poll(processes, { timeout: 5_000 }).toEqual([]);
  });

  it("says in words what it could not do", async () => {
    await mkdir(join(folder, "tree"));
    const spec = {
      ...specOf(join(folder, "tree")),
      rootfs: { kind: "directory", path: join(folder, "tree") },
    } as const;
    await expect(provider.open(spec, call)).rejects.toThrow(/no bash/);
    const group = join(roots[0] ?? folder, "gone");
    const asked = { diskBytes: 2 ** 20, entries: [join(group, "tasks")], rootfs: "", tree: "", root: [], bwrap: [] };
    const launcher = new Launcher({ stateDirectory: folder, mountpoint: folder, seccomp: "/dev/null" });
    const { stream } = await launcher.launch(asked);
    expect((await stream.toArray()).join("")).toMatch(/^cannot enter \/.*gone\/tasks: No such file or directory\n$/);
    await launcher.close();
    await rm(join(folder, "state/mnt"), { recursive: true });
    await expect(provider.open(specOf(join(folder, "tree")), call)).rejects.toThrow(
      /cannot mount a tmpfs: No such file or directory/,
    );
  });
});
