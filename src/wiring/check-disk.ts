import { tmpdir } from "node:os";
import { resolve } from "node:path";

import { cacheDirectory } from "../adapters/images/image-store.ts";
import { type DiskSpace, isDiskFull, isShort, readDiskSpace, renderShortage } from "../platform/disk-space.ts";
import { SwerlError } from "../platform/errors.ts";

/** What a run writes to on this machine: its own folder, the trees that it prepares, what all runs share. */
export function listRunFolders(runDirectory: string): string[] {
  return [resolve(runDirectory), resolve(".cache/swerl/trees"), cacheDirectory()];
}

/** Rejects with SwerlError when a disk that a run writes to is full. Creates nothing. */
export async function checkDisk(runDirectory: string): Promise<void> {
  const short = (await readDisks(listRunFolders(runDirectory))).filter(isShort);
  if (short.length === 0) return;
  throw new SwerlError("SWERL_DISK_FULL", short.map(renderShortage).join("\n"), {
    hint: "free some space there (swerl gc), or use another disk: run.directory, the folder you start swerl in, HOME",
  });
}

/**
 * An error that a full disk caused, with the places and what is left there: any write may meet one, and few say where
 * they wrote. Null for other errors, and when there is room below these folders and wherever else swerl writes.
 */
export async function explainFullDisk(error: unknown, folders: readonly string[]): Promise<SwerlError | null> {
  if (!isDiskFull(error)) return null;
  const disks = await readDisks([...folders, resolve(".cache/swerl/trees"), cacheDirectory(), tmpdir()]);
  const short = disks.filter(isShort);
  if (short.length === 0) return null;
  return new SwerlError("SWERL_DISK_FULL", [(error as Error).message, ...short.map(renderShortage)].join("\n"), {
    hint: "free some space there (swerl gc), then run the same command again: what is on disk is whole",
    cause: error,
  });
}

/** One entry a disk, under the first of its folders. */
export async function readDisks(folders: readonly string[]): Promise<DiskSpace[]> {
  const disks = new Map<number, DiskSpace>();
  for (const space of await Promise.all(folders.map(readDiskSpace))) {
    if (!disks.has(space.device)) disks.set(space.device, space);
  }
  return [...disks.values()];
}
