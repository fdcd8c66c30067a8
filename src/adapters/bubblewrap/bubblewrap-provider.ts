import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

import { InputError, SandboxError } from "../../platform/errors.ts";
import type { CallOptions, Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { loadDispatcher } from "../dispatcher/load-dispatcher.ts";
import { BubblewrapSandbox } from "./bubblewrap-sandbox.ts";
import { defaultEnvironment, planBwrap, type PreparedFiles } from "./bwrap-arguments.ts";
import { type Cgroups, openCgroups } from "./cgroups.ts";
import { findHostRoot, type HostRoot } from "./host-root.ts";
import { LAUNCH_SCRIPT } from "./launch-script.ts";
import { findRootGuard } from "./root-guard.ts";
import { prepareFiles, prepareShell } from "./prepare-state.ts";

export interface BubblewrapOptions {
  /** Folder for the files that all sandboxes share. Default: swerl/bubblewrap in the user's cache folder. */
  readonly stateDirectory?: string;
}

/** Sandboxes of bubblewrap over overlayfs: no daemon, root or not. `rootfs: image` is not served. */
export async function createBubblewrapProvider(options: BubblewrapOptions = {}): Promise<SandboxProvider> {
  const stateDirectory = options.stateDirectory ?? join(homedir(), ".cache", "swerl", "bubblewrap");
  const [prepared, hostRoot, cgroups, dispatcher] = await Promise.all([
    prepareFiles(stateDirectory),
    findHostRoot(),
    openCgroups(),
    loadDispatcher(),
  ]);
  const rootGuard = await findRootGuard(prepared.emptyFile);
  return new BubblewrapProvider({ stateDirectory, prepared, rootGuard, hostRoot, cgroups, dispatcher });
}

interface Parts {
  readonly stateDirectory: string;
  readonly prepared: PreparedFiles;
  readonly rootGuard: readonly string[];
  readonly hostRoot: HostRoot;
  readonly cgroups: Cgroups;
  readonly dispatcher: readonly string[];
}

class BubblewrapProvider implements SandboxProvider {
  readonly name = "bubblewrap";
  readonly #parts: Parts;
  readonly #open = new Set<Sandbox>();
  readonly #shells = new Map<string, Promise<string>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async open(spec: SandboxSpec, options: CallOptions): Promise<Sandbox> {
    options.signal.throwIfAborted();
    await checkSpec(spec);
    const rootfs = spec.rootfs.kind === "directory" ? spec.rootfs.path : null;
    const shell = await this.#shellOf(rootfs);
    // What is written lives in memory, so the disk quota is part of the memory that a sandbox may use.
    const memoryBytes = spec.limits.memoryBytes + spec.limits.diskBytes;
    const lease = await this.#parts.cgroups.lease({ memoryBytes, maxProcesses: spec.limits.maxProcesses + 4 });
    const launcher = launch(spec, { ...this.#parts, shell, procs: lease.procs });
    const sandbox = new BubblewrapSandbox({
      id: `bwrap-${randomUUID()}`,
      spec,
      env: { ...defaultEnvironment(spec, this.#parts.hostRoot), ...spec.env },
      launcher,
      onGone: () => {
        lease.release();
        this.#open.delete(sandbox);
      },
    });
    this.#open.add(sandbox);
    try {
      await sandbox.start(options);
      return sandbox;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((sandbox) => sandbox.close()));
    await this.#parts.cgroups.close();
  }

  #shellOf(rootfs: string | null): Promise<string> {
    const known = this.#shells.get(rootfs ?? "");
    if (known !== undefined) return known;
    const prepared = prepareShell(this.#parts.stateDirectory, rootfs);
    this.#shells.set(rootfs ?? "", prepared);
    prepared.catch(() => this.#shells.delete(rootfs ?? ""));
    return prepared;
  }
}

function launch(spec: SandboxSpec, parts: Parts & { shell: string; procs: readonly string[] }): ChildProcess {
  const rootfs = spec.rootfs.kind === "directory" ? spec.rootfs.path : "";
  const { mountpoint, seccomp } = parts.prepared;
  const devices = parts.rootGuard.length > 0 ? "/dev" : "";
  const launcher = spawn(
    "unshare",
    [
      ["--user", "--map-root-user", "--mount", "--propagation", "private", "--"],
      ["/bin/sh", "-c", LAUNCH_SCRIPT, "sh"],
      [mountpoint, String(spec.limits.diskBytes), seccomp, parts.procs.join(" "), rootfs, spec.tree ?? "", devices],
      planBwrap({ spec, hasMemoryCgroup: parts.procs.length > 0, ...parts }),
    ].flat(),
    {
      cwd: "/",
      detached: true,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    },
  );
  // A spawn that fails closes every stream, which the sandbox sees as its end.
  launcher.on("error", () => {});
  return launcher;
}

async function checkSpec(spec: SandboxSpec): Promise<void> {
  if (spec.rootfs.kind === "image") {
    throw new InputError("SWERL_SANDBOX_NEEDS_DOCKER", `bubblewrap cannot open the image ${spec.rootfs.reference}`, {
      hint: "use the docker sandbox, or unpack the image to a folder and name that as rootfs",
    });
  }
  const folders = [spec.tree, spec.rootfs.kind === "directory" ? spec.rootfs.path : null].filter(
    (path) => path !== null,
  );
  for (const folder of folders) {
    if (!isAbsolute(folder)) {
      throw new InputError("SWERL_SANDBOX_BAD_PATH", `${JSON.stringify(folder)} is no absolute path`);
    }
    const entry = await stat(folder).catch(() => null);
    if (entry?.isDirectory() === true) continue;
    throw new SandboxError("SWERL_SANDBOX_NO_TREE", `no folder ${folder} to open a sandbox over`);
  }
}
