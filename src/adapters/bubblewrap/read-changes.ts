import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";

import type { LeftOutPath } from "../../domain/left-out.ts";
import type { FileChange, TreeChanges } from "../../ports/sandbox.ts";
import { comparePaths, MAX_CHANGED_FILE_BYTES, MAX_CHANGES, rankChange } from "../dispatcher/change-limits.ts";

/** Bounds the walk over what a command may have made. */
const MAX_VISITED = 200_000;
/** PATH_MAX: a command can go deeper, one folder at a time; the host cannot. */
const MAX_PATH_BYTES = 4_096;

export interface Layers {
  /** What was written, as overlayfs keeps it. */
  readonly upper: string | null;
  /** The tree it was opened with; null when there was none. */
  readonly lower: string | null;
  /** Both as seen inside. */
  readonly merged: string | null;
}

/**
 * A folder below a layer's root; null when it, or a folder on the way to it, is missing or a link. Code inside can put
 * a link at any component, and the host would follow it out.
 */
export async function findInLayer(root: string, folder: string): Promise<string | null> {
  let path = root;
  for (const name of folder.split("/").filter((part) => part !== "")) {
    path = join(path, name);
    const entry = await lstat(path).catch(() => null);
    if (entry?.isDirectory() !== true) return null;
  }
  return path;
}

interface Found {
  readonly path: string;
  readonly rank: 0 | 1 | 2;
  readonly isGone: boolean;
}

/**
 * What differs between a tree and the overlay over it. Nothing inside may run any more. Every component is looked at
 * with lstat and opened without following links, so a planted link leads nowhere.
 */
export async function readChanges(layers: Layers): Promise<TreeChanges> {
  const found: Found[] = [];
  await compareFolder(layers, "", found);
  found.sort((one, other) => one.rank - other.rank || comparePaths(one, other));
  const changes: FileChange[] = [];
  const leftOut: LeftOutPath[] = found.length >= MAX_VISITED ? [{ path: ".", reason: "too_many" }] : [];
  for (const { path, isGone } of found) {
    if (changes.length >= MAX_CHANGES) {
      leftOut.push({ path, reason: "too_many" });
      continue;
    }
    const change = isGone ? { path, content: null, executable: false } : await readChange(layers, path);
    if (typeof change === "string") leftOut.push({ path, reason: change });
    else if (change !== null) changes.push(change);
  }
  return { changes: changes.sort(comparePaths), left_out: leftOut };
}

async function compareFolder(layers: Layers, folder: string, found: Found[]): Promise<void> {
  const below = await listKinds(layers.lower, folder);
  const before = new Map(below.map((entry) => [entry.name, entry.kind]));
  const now = new Map((await listKinds(layers.merged, folder)).map((entry) => [entry.name, entry.kind]));
  for (const [name, kind] of before) {
    if (name === ".git" || now.get(name) === kind || found.length >= MAX_VISITED) continue;
    const path = join(folder, name);
    if (kind === "file") found.push({ path, rank: 0, isGone: true });
    if (kind === "folder" && layers.lower !== null) await addGone(layers.lower, path, found);
  }
  for (const { name } of await listKinds(layers.upper, folder)) {
    if (name === ".git" || found.length >= MAX_VISITED) continue;
    const path = join(folder, name);
    const kind = now.get(name);
    const isOutOfReach = Buffer.byteLength(join(layers.upper ?? "", path)) >= MAX_PATH_BYTES;
    if (kind === "folder" && !isOutOfReach) {
      const lower = before.get(name) === "folder" ? layers.lower : null;
      await compareFolder({ ...layers, lower }, path, found);
    }
    const rank = rankChange(path, before.get(name) === "file");
    // Reading the folder as a file fails, which is how it comes among what was left out.
    if (kind === "file" || (kind === "folder" && isOutOfReach)) found.push({ path, rank, isGone: false });
  }
}

async function addGone(lower: string, folder: string, found: Found[]): Promise<void> {
  for (const { name, kind } of await listKinds(lower, folder)) {
    const path = join(folder, name);
    if (kind === "file") found.push({ path, rank: 0, isGone: true });
    if (kind === "folder" && name !== ".git") await addGone(lower, path, found);
  }
}

async function listKinds(
  layer: string | null,
  below: string,
): Promise<{ name: string; kind: "file" | "folder" | "other" }[]> {
  if (layer === null) return [];
  const folder = join(layer, below);
  // A folder can be missing or be no folder in one of the layers: it has no entries there.
  const entry = await lstat(folder).catch(() => null);
  if (entry?.isDirectory() !== true) return [];
  return (await readdir(folder, { withFileTypes: true })).map((child) => ({
    name: child.name,
    kind: child.isFile() ? "file" : child.isDirectory() ? "folder" : "other",
  }));
}

/** null when it is equal to what it was; the reason when it cannot be taken along. */
async function readChange(layers: Layers, path: string): Promise<FileChange | LeftOutPath["reason"] | null> {
  if (layers.upper === null) return null;
  const now = await readRegular(join(layers.upper, path));
  if (typeof now === "string") return now;
  const before = layers.lower === null ? "unreadable" : await readRegular(join(layers.lower, path));
  if (typeof before !== "string" && before.executable === now.executable && before.content.equals(now.content))
    return null;
  return { path, ...now };
}

async function readRegular(
  path: string,
): Promise<{ content: Buffer; executable: boolean } | "too_large" | "unreadable"> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  // It is absent below, or was made unreadable inside.
  const file = await open(path, flags).catch(() => null);
  if (file === null) return "unreadable";
  try {
    const entry = await file.stat();
    if (!entry.isFile()) return "unreadable";
    if (entry.size > MAX_CHANGED_FILE_BYTES) return "too_large";
    return { content: await file.readFile(), executable: (entry.mode & 0o111) !== 0 };
  } finally {
    await file.close();
  }
}
