import { randomBytes } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { writeFileAtomic } from "../../platform/atomic-file.ts";
import { isDiskFull } from "../../platform/disk-space.ts";
import { checkAlive, type ProcessIdentity, readOwnIdentity } from "../../platform/process-identity.ts";

const recordSchema = z.object({
  /** `sha256:` and 64 hex digits. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  reference: z.string(),
  bytes: z.number().nonnegative(),
  /** `NAME=value` lines. */
  env: z.array(z.string()),
});
export type ImageRecord = z.infer<typeof recordSchema>;

export interface LedgerEntry extends ImageRecord {
  readonly folder: string;
  readonly usedAtMs: number;
  /** A live process uses it. */
  readonly isPinned: boolean;
}

const RECORD = "image.json";
const OWNER = "owner.json";
const PINS = "pins";
const ENTRY = /^sha256-([0-9a-f]{64})$/;
const PARTIAL = /^partial-/;

/**
 * Images kept on this machine or pulled to an engine by swerl: one folder an image, named by its digest, with a record,
 * the time of its last use and the processes that use it. Folders appear and go whole, by rename, so that any number of
 * processes may share a ledger; what a killed process left half-made carries its owner and is found by `findPartial`.
 */
export class ImageLedger {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** A folder of ours to build an entry in. */
  async startEntry(): Promise<string> {
    const folder = join(this.directory, `partial-${randomBytes(8).toString("hex")}`);
    // Nobody else may reach what an image brings, set-user-id files above all.
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, OWNER), JSON.stringify(readOwnIdentity()));
    return folder;
  }

  /** Makes a built folder the entry of its image. Another process may have been first, with the same content. */
  async finishEntry(folder: string, record: ImageRecord): Promise<void> {
    await mkdir(join(folder, PINS), { recursive: true });
    await writeFileAtomic(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`);
    await rm(join(folder, OWNER));
    try {
      await rename(folder, this.#folderOf(record.digest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
      await rm(folder, { recursive: true, force: true });
    }
  }

  async find(digest: string): Promise<LedgerEntry | null> {
    return ENTRY.test(digest.replace(":", "-")) ? this.#read(this.#folderOf(digest)) : null;
  }

  /** Every entry, the one used longest ago first. */
  async list(): Promise<LedgerEntry[]> {
    const names = await this.#names(ENTRY);
    const entries = await Promise.all(names.map((name) => this.#read(join(this.directory, name))));
    return entries.filter((entry) => entry !== null).sort((one, other) => one.usedAtMs - other.usedAtMs);
  }

  /** Keeps an image while this process uses it; the answer lets it go. null when it is gone. */
  async pin(digest: string): Promise<(() => Promise<void>) | null> {
    const folder = this.#folderOf(digest);
    const touch = (): Promise<void> => utimes(join(folder, RECORD), new Date(), new Date());
    const pin = join(folder, PINS, `${process.pid}-${randomBytes(6).toString("hex")}`);
    try {
      await writeFile(pin, JSON.stringify(readOwnIdentity()), { flag: "wx" });
      await touch();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
    return async () => {
      // Gone already when somebody cleared the cache by hand.
      await touch().catch(() => undefined);
      await rm(pin, { force: true });
    };
  }

  /**
   * Removes an entry, unless a process has begun to use it meanwhile.
   * @param first Removes what the entry stands for; false keeps the entry.
   */
  async remove(digest: string, first: () => Promise<boolean> = async () => true): Promise<boolean> {
    const folder = this.#folderOf(digest);
    const away = join(this.directory, `partial-${randomBytes(8).toString("hex")}`);
    try {
      if (!(await this.#claim(folder)) && (await hasLivePin(folder))) return false;
      await rename(folder, away);
    } catch (error) {
      // Another process removes it at this moment.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    if ((await hasLivePin(away)) || !(await first())) {
      await rename(away, folder);
      return false;
    }
    await rm(away, { recursive: true, force: true });
    return true;
  }

  /** Folders that a process which is gone was building or removing. */
  async findPartial(): Promise<string[]> {
    const folders = (await this.#names(PARTIAL)).map((name) => join(this.directory, name));
    const owners = await Promise.all(folders.map((folder) => readIdentity(join(folder, OWNER))));
    const own = readOwnIdentity();
    return folders.filter((_, index) => {
      const owner = owners[index] ?? null;
      return owner === null || checkAlive(owner, own) === "dead";
    });
  }

  /** False on a full disk: removing is what it needs, and nobody can begin to use an entry there. */
  async #claim(folder: string): Promise<boolean> {
    try {
      await writeFile(join(folder, OWNER), JSON.stringify(readOwnIdentity()));
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return false;
    }
  }

  async #names(pattern: RegExp): Promise<string[]> {
    const names = await readdir(this.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names.filter((name) => pattern.test(name));
  }

  #folderOf(digest: string): string {
    return join(this.directory, digest.replace(":", "-"));
  }

  async #read(folder: string): Promise<LedgerEntry | null> {
    try {
      const path = join(folder, RECORD);
      const record = recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
      const { mtimeMs } = await stat(path);
      return { ...record, folder, usedAtMs: mtimeMs, isPinned: await hasLivePin(folder) };
    } catch (error) {
      // Removed between the listing and here.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }
}

/** What has to go, least recently used first, so that the rest fits. What a live process uses stays and counts. */
export function planEviction<T extends Pick<LedgerEntry, "bytes" | "isPinned">>(
  leastRecentFirst: readonly T[],
  budgetBytes: number,
): T[] {
  let total = leastRecentFirst.reduce((sum, { bytes }) => sum + bytes, 0);
  return leastRecentFirst.filter(({ bytes, isPinned }) => {
    if (total <= budgetBytes || isPinned) return false;
    total -= bytes;
    return true;
  });
}

async function hasLivePin(folder: string): Promise<boolean> {
  const pins = join(folder, PINS);
  await access(folder);
  const names = await readdir(pins);
  const owners = await Promise.all(names.map((name) => readIdentity(join(pins, name))));
  const own = readOwnIdentity();
  return owners.some((owner) => owner !== null && checkAlive(owner, own) !== "dead");
}

async function readIdentity(path: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as ProcessIdentity;
  } catch {
    // Gone, or cut short by a kill: nobody holds it.
    return null;
  }
}
