import { randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

import type { CallOptions, CheckedImage, Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { checkFolder } from "../dispatcher/check-folder.ts";
import { loadDispatcher } from "../dispatcher/load-dispatcher.ts";
import { ImageStore } from "../images/image-store.ts";
import { PinnedImages } from "../images/pinned-images.ts";
import { BubblewrapSandbox } from "./bubblewrap-sandbox.ts";
import { defaultEnvironment, planBwrap, planRoot, type PreparedFiles } from "./bwrap-arguments.ts";
import { type Cgroups, openCgroups } from "./cgroups.ts";
import { findHostRoot, type HostRoot } from "./host-root.ts";
import { Launcher, type LaunchRequest } from "./launcher.ts";
import { findProcGuard } from "./proc-guard.ts";
import { prepareFiles, prepareShell } from "./prepare-state.ts";

export interface BubblewrapOptions {
  /** Folder for the files that all sandboxes share. Default: swerl/bubblewrap in the user's cache folder. */
  readonly stateDirectory?: string;
  /** Unpacked images. Default: the user's. */
  readonly store?: ImageStore;
  /** Exact references of image names, as checkImage gave them before; the sandboxes go on with these images. */
  readonly images?: Readonly<Record<string, string>>;
}

/** Sandboxes of bubblewrap over overlayfs: no daemon, root or not. An image has to be unpacked. */
export async function createBubblewrapProvider(options: BubblewrapOptions = {}): Promise<SandboxProvider> {
  const stateDirectory = options.stateDirectory ?? join(homedir(), ".cache", "swerl", "bubblewrap");
  const [prepared, hostRoot, cgroups, dispatcher] = await Promise.all([
    prepareFiles(stateDirectory),
    findHostRoot(),
    openCgroups(),
    loadDispatcher(),
  ]);
  const procGuard = await findProcGuard(prepared.emptyFile);
  const { mountpoint, seccomp } = prepared;
  const launcher = new Launcher({ stateDirectory, mountpoint, seccomp });
  const images = new PinnedImages(options.store ?? new ImageStore(), options.images);
  return new BubblewrapProvider({
    stateDirectory,
    prepared,
    procGuard,
    hostRoot,
    cgroups,
    dispatcher,
    images,
    launcher,
  });
}

interface Parts {
  readonly stateDirectory: string;
  readonly prepared: PreparedFiles;
  readonly procGuard: readonly string[];
  readonly hostRoot: HostRoot;
  readonly cgroups: Cgroups;
  readonly dispatcher: readonly string[];
  readonly launcher: Launcher;
  readonly images: PinnedImages;
}

class BubblewrapProvider implements SandboxProvider {
  readonly name = "bubblewrap";
  readonly #parts: Parts;
  readonly #open = new Set<Sandbox>();
  readonly #shells = new Map<string, Promise<string>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async open(wanted: SandboxSpec, options: CallOptions): Promise<Sandbox> {
    options.signal.throwIfAborted();
    const spec = await this.#parts.images.resolve(wanted);
    await checkSpec(spec);
    const shell = await this.#shellOf(spec.rootfs.kind === "directory" ? spec.rootfs.path : null);
    // What is written lives in memory, so the disk quota is part of the memory that a sandbox may use.
    const memoryBytes = spec.limits.memoryBytes + spec.limits.diskBytes;
    const lease = await this.#parts.cgroups.lease({ memoryBytes, maxProcesses: spec.limits.maxProcesses + 4 });
    const request = requestFor(spec, { ...this.#parts, shell, entries: lease.entries });
    const launched = await this.#parts.launcher.launch(request).catch((error: unknown) => {
      lease.release();
      throw error;
    });
    lease.begin();
    const sandbox = new BubblewrapSandbox({
      id: `bwrap-${randomUUID()}`,
      spec,
      env: { ...defaultEnvironment(spec, this.#parts.hostRoot), ...spec.env },
      launched,
      mayHaveRunOutOfMemory: () => lease.mayHaveRunOutOfMemory(),
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

  async checkImage(image: string): Promise<CheckedImage> {
    return { where: "present", exact: await this.#parts.images.identify(image) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((sandbox) => sandbox.close()));
    await this.#parts.images.close();
    await this.#parts.launcher.close();
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

function requestFor(spec: SandboxSpec, parts: Parts & { shell: string; entries: readonly string[] }): LaunchRequest {
  const plan = { spec, hasMemoryCgroup: parts.entries.length > 0, ...parts };
  return {
    diskBytes: spec.limits.diskBytes,
    entries: parts.entries,
    rootfs: spec.rootfs.kind === "directory" ? spec.rootfs.path : "",
    tree: spec.tree ?? "",
    root: planRoot(plan),
    bwrap: planBwrap(plan),
  };
}

async function checkSpec(spec: SandboxSpec): Promise<void> {
  if (spec.tree !== null) await checkFolder(spec.tree);
  if (spec.rootfs.kind === "directory") await checkFolder(spec.rootfs.path);
}
