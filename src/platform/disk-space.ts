import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** Less than this is used up before what is begun now is whole on disk. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;
const MIN_FREE_FILES = 1_000;

/** What the disk below a folder holds, and what it still takes. */
export interface DiskSpace {
  readonly folder: string;
  /** Folders of one device share it. */
  readonly device: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  /** Inodes; both 0 and Infinity where the file system does not number them. */
  readonly usedFiles: number;
  readonly freeFiles: number;
}

/** Of the nearest folder that is there. The path is absolute. */
export async function readDiskSpace(folder: string): Promise<DiskSpace> {
  const nearest = await findNearest(folder);
  const [{ dev }, { bsize, blocks, bfree, bavail, files, ffree }] = await Promise.all([stat(nearest), statfs(nearest)]);
  return {
    folder,
    device: dev,
    usedBytes: (blocks - bfree) * bsize,
    freeBytes: bavail * bsize,
    usedFiles: files - ffree,
    freeFiles: files === 0 ? Number.POSITIVE_INFINITY : ffree,
  };
}

/** True of a disk on which nothing should be begun. */
export function isShort({ freeBytes, freeFiles }: DiskSpace): boolean {
  return freeBytes < MIN_FREE_BYTES || freeFiles < MIN_FREE_FILES;
}

/** The place, what is left there, and what is expected. */
export function renderShortage(space: DiskSpace): string {
  return `${space.folder}: ${renderFree(space)}, expected at least 256 MiB and ${MIN_FREE_FILES} inodes`;
}

export function renderFree({ freeBytes, freeFiles }: DiskSpace): string {
  const mebibytes = freeBytes / 1024 ** 2;
  const bytes = mebibytes < 1024 ? `${mebibytes.toFixed(0)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
  return Number.isFinite(freeFiles) ? `${bytes} and ${freeFiles} inodes free` : `${bytes} free`;
}

/** True of an error that a full disk caused, here or, by its words, in another program. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || /no space left on device|disk quota exceeded/i.test(message ?? "");
}

/** What is not there, and what may not be looked at, would lie on the disk of its folder. */
async function findNearest(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (path === dirname(path)) throw error;
    return findNearest(dirname(path));
  }
}
