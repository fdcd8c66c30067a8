import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import type { TaskInstance, TaskSourceTree } from "../../domain/task-instance.ts";
import { InputError } from "../../platform/errors.ts";
import { digestFolder } from "./digest-folder.ts";
import { applyPatchFile } from "./apply-patch-file.ts";
import { writeGitSnapshot } from "./git-snapshot.ts";
import { unpackSdist } from "./unpack-sdist.ts";

/** Part of every digest: a change of how trees are built must not meet trees built before. */
const FORMAT = "swerl.tree/1";

export interface TreeCache {
  /** Absolute folder of the task repo. */
  readonly taskRepo: string;
  /** Absolute folder that holds the trees by digest. */
  readonly directory: string;
  /** Trees under way or ready in this process, by digest; and folder digests by path. */
  readonly trees: Map<string, Promise<string>>;
  readonly folders: Map<string, Promise<string>>;
}

/** An empty view of a cache folder. */
export function openTreeCache(taskRepo: string, directory: string): TreeCache {
  return { taskRepo: resolve(taskRepo), directory: resolve(directory), trees: new Map(), folders: new Map() };
}

/**
 * The instance's broken tree with its one commit, built once: resolves to a folder named by the digest of everything
 * that goes into it. Folders appear by rename, so processes that build the same one meet a whole tree or none.
 * Throws InputError when a source is missing or its patch does not apply.
 */
export async function prepareTree(cache: TreeCache, instance: TaskInstance, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  if (instance.source === null) throw new RangeError(`${instance.instance_id} has no source`);
  const source = await readSource(cache, instance, instance.source);
  const digest = source.digest.slice(0, 40);
  const known = cache.trees.get(digest);
  if (known !== undefined) return known;
  const tree = buildOnce(join(cache.directory, digest), source, instance, signal);
  cache.trees.set(digest, tree);
  tree.catch(() => cache.trees.delete(digest));
  return tree;
}

interface ReadSource {
  readonly digest: string;
  readonly patch: string | null;
  fill(directory: string): Promise<void>;
}

async function readSource(cache: TreeCache, instance: TaskInstance, source: TaskSourceTree): Promise<ReadSource> {
  const patchName = source.kind === "files" ? undefined : source.bug_patch;
  const patch =
    patchName === undefined
      ? null
      : await readFile(join(cache.taskRepo, "tasks", instance.instance_id, patchName), "utf8");
  const origin = await identify(cache, source);
  const digest = createHash("sha256")
    .update(JSON.stringify([FORMAT, instance.instance_id, source.kind, origin, patch]))
    .digest("hex");
  return { digest, patch, fill: (directory) => fill(cache, source, directory) };
}

async function identify(cache: TreeCache, source: TaskSourceTree): Promise<unknown> {
  if (source.kind === "files") return source.files;
  if (source.kind === "sdist") return source.sha256;
  const folder = join(cache.taskRepo, source.path);
  const known = cache.folders.get(folder) ?? digestFolder(folder);
  cache.folders.set(folder, known);
  return known;
}

async function fill(cache: TreeCache, source: TaskSourceTree, directory: string): Promise<void> {
  if (source.kind === "sdist") return unpackSdist(join(cache.taskRepo, "sources"), source, directory);
  if (source.kind === "directory") {
    return cp(join(cache.taskRepo, source.path), directory, {
      recursive: true,
      filter: isSource,
      verbatimSymlinks: true,
    });
  }
  for (const [path, text] of Object.entries(source.files)) {
    const file = join(directory, path);
    if (!file.startsWith(`${directory}/`)) {
      throw new InputError("SWERL_TASK_BAD_PATH", `a file of the source leaves its tree: ${path}`, {
        hint: "paths of `source.files` are relative to the workdir",
      });
    }
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** What an interpreter or git leaves in a folder is not its source. */
function isSource(path: string): boolean {
  return !/(?:^|\/)(?:__pycache__|\.pytest_cache|\.git)$|\.pyc$/.test(path);
}

async function buildOnce(
  place: string,
  source: ReadSource,
  instance: TaskInstance,
  signal: AbortSignal,
): Promise<string> {
  if (await exists(place)) return place;
  const staging = `${place}.${process.pid}-${process.hrtime.bigint()}`;
  try {
    await mkdir(staging, { recursive: true });
    await source.fill(staging);
    if (source.patch !== null) await applyPatchFile(staging, source.patch, instance.instance_id, signal);
    await writeGitSnapshot(staging, instance.instance_id);
    await rename(staging, place);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process was first: its tree is the same.
    if (isTaken(error) && (await exists(place))) return place;
    throw error;
  }
  return place;
}

function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOTEMPTY" || code === "EEXIST";
}

async function exists(path: string): Promise<boolean> {
  return (
    (await stat(path).catch((error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? null : Promise.reject(error),
    )) !== null
  );
}
