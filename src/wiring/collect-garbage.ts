import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { findDeadGroups, removeGroup } from "../adapters/bubblewrap/cgroups.ts";
import { DockerEngine } from "../adapters/docker/docker-engine.ts";
import { openPullLedger } from "../adapters/docker/engine-facts.ts";
import { findOrphans } from "../adapters/docker/remove-orphans.ts";
import { type ImageLedger, planEviction } from "../adapters/images/image-ledger.ts";
import { cacheDirectory, ImageStore } from "../adapters/images/image-store.ts";
import type { Config } from "../config/schema.ts";
import { SandboxError } from "../platform/errors.ts";
import type { CallOptions } from "../ports/sandbox.ts";
import { readDockerEndpoints } from "./docker-endpoints.ts";

/** Something that nobody alive needs. */
export interface Leftover {
  readonly kind: "container" | "cgroup" | "folder" | "image";
  readonly name: string;
  readonly reason: string;
  /** False when it turned out to be in use. Rejects with SandboxError when an engine does not let it go. */
  remove(): Promise<boolean>;
}

export interface Garbage {
  readonly leftovers: readonly Leftover[];
  /** Engines that could not be asked, and why. */
  readonly unreachable: readonly string[];
}

const TIMEOUT_MS = 60_000;
/** Folders without an owner's name are made and gone within minutes. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/**
 * What dead runs left and what is over the image budget, on this host and on every Docker host. Looks only; nothing of a
 * live run is in the answer. Volumes go with their containers: swerl makes none that outlive one.
 */
export async function findGarbage(config: Config, signal: AbortSignal): Promise<Garbage> {
  const budgetBytes = config.sandbox.image_cache_gb * 1e9;
  const leftovers: Leftover[] = [];
  const unreachable: string[] = [];
  for (const endpoint of readDockerEndpoints(config)) {
    const engine = new DockerEngine(endpoint);
    try {
      leftovers.push(...(await findOnEngine(engine, budgetBytes, { signal, timeoutMs: TIMEOUT_MS })));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SandboxError)) throw error;
      unreachable.push(`${engine.name}: ${error.message}`);
    }
  }
  for (const name of await findDeadGroups()) {
    leftovers.push({ kind: "cgroup", name, reason: "its run has ended", remove: () => removeGroup(name) });
  }
  const { ledger } = new ImageStore();
  leftovers.push(...(await findInLedger(ledger, budgetBytes, async () => true)));
  for (const [folder, pattern] of SCRATCH) leftovers.push(...(await findAbandoned(folder(), pattern)));
  return { leftovers, unreachable };
}

async function findOnEngine(engine: DockerEngine, budgetBytes: number, call: CallOptions): Promise<Leftover[]> {
  const ledger = openPullLedger(join(cacheDirectory(), "docker"), await engine.info(call));
  const orphans = (await findOrphans(engine, call)).map((id): Leftover => ({
    kind: "container",
    name: `${id.slice(0, 12)} at ${engine.name}`,
    reason: "its run has ended",
    remove: async () => {
      await engine.remove(id, call);
      return true;
    },
  }));
  return [...orphans, ...(await findInLedger(ledger, budgetBytes, (digest) => engine.removeImage(digest, call)))];
}

async function findInLedger(
  ledger: ImageLedger,
  budgetBytes: number,
  removeImage: (digest: string) => Promise<boolean>,
): Promise<Leftover[]> {
  const evicted = planEviction(await ledger.list(), budgetBytes).map(({ digest, reference, bytes }): Leftover => ({
    kind: "image",
    name: reference,
    reason: `${(bytes / 1e6).toFixed(0)} MB over sandbox.image_cache_gb`,
    remove: () => ledger.remove(digest, () => removeImage(digest)),
  }));
  const partial = (await ledger.findPartial()).map((path) => abandoned(path, "half-made by a process that has ended"));
  return [...evicted, ...partial];
}

/** Where processes keep folders for a moment, and how those are called. */
const SCRATCH: readonly (readonly [folder: () => string, pattern: RegExp])[] = [
  [tmpdir, /^swerl-(check|git|making)-/],
  [() => join(cacheDirectory(), "bubblewrap"), /\.[0-9a-f]{12}$/],
  // Trees being made for tasks, of runs started in this folder.
  [() => resolve(".cache/swerl/trees"), /^[0-9a-f]{64}\.\d+-\d+$/],
];

async function findAbandoned(folder: string, pattern: RegExp): Promise<Leftover[]> {
  // A folder that no run has made yet holds nothing.
  const names = (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name));
  const found: Leftover[] = [];
  for (const name of names) {
    const path = resolve(folder, name);
    const entry = await stat(path).catch(() => null);
    if (entry === null || Date.now() - entry.mtimeMs < ABANDONED_AFTER_MS) continue;
    found.push(abandoned(path, "not touched for a day"));
  }
  return found;
}

function abandoned(path: string, reason: string): Leftover {
  return {
    kind: "folder",
    name: path,
    reason,
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      return true;
    },
  };
}
