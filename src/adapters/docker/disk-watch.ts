import { isShort, renderShortage, type DiskSpace } from "../../platform/disk-space.ts";
import { SandboxError } from "../../platform/errors.ts";
import { createPermits } from "../../platform/permits.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import { maxFiles } from "./container-plan.ts";
import { FREE_DATA_ROOT } from "./data-root.ts";
import type { DockerEngine } from "./docker-engine.ts";

const TICK_MS = 100;
/** Between two looks at a container for which nothing asks; none is made while nothing changes on the disk. */
const PERIOD_MS = 5_000;
/** A look takes the engine as long as the files are many; looks at a container get at most this share of the time. */
const MAX_SHARE = 0.05;
/** The share where the disk has grown by as much as a container may still write. */
const MAX_SHARE_OF_SUSPECT = 0.25;
/** No engine looks at files quicker than the first; the second was measured. */
const QUICKEST_MS_PER_FILE = 0.000_25;
const USUAL_MS_PER_FILE = 0.004;
/** Files are counted when there may be so much more than allowed: then one count is enough. */
const COUNT_AT = 1.1;
/** The least that a file takes in a tar archive. */
const BYTES_OF_ARCHIVED_FILE = 512;
const NEVER = new AbortController().signal;
const CALL: CallOptions = { signal: NEVER, timeoutMs: 30_000 };
const COUNT: CallOptions = { signal: NEVER, timeoutMs: 120_000 };

export interface DiskWatchOptions {
  readonly engine: Pick<DockerEngine, "name" | "writtenBytes" | "countChanges" | "usedMemory" | "pause" | "unpause">;
  /** The disk with the engine's containers; null where it is not seen from here. Must not reject. */
  readonly readDisk: () => Promise<DiskSpace | null>;
  /** Told when there is no room left for anybody. */
  readonly onFull: (error: SandboxError) => void;
}

export interface WatchedContainer {
  readonly id: string;
  /** Bytes of the archive that was put into it; its files count as well. */
  readonly treeBytes: number;
  /** Bytes that it may write. */
  readonly diskBytes: number;
  /**
   * Ends it; resolves when its processes are gone. The first verdict says why: null where it is its own doing. May be
   * called again. Must not reject.
   */
  readonly end: (verdict: Promise<SandboxError | null>) => Promise<void>;
}

/** What a container held at most when it was looked at, and what the whole disk held then. */
interface Seen {
  readonly own: number;
  readonly disk: number;
}

interface Watched {
  readonly container: WatchedContainer;
  readonly limitBytes: number;
  /** Files, folders and links: what takes an inode. */
  readonly limitFiles: number;
  bytes: Seen;
  files: Seen;
  lookedAt: number;
  /** Milliseconds that the last look took. */
  took: number;
  isBusy: boolean;
}

/**
 * The disk quota of an engine's containers, on a file system that has none: overlay2 bounds no sum and no number of files.
 *
 * A container holds at most what it held at the last look and all that the disk has grown by since. So the counters of
 * the disk, which cost microseconds, say when to ask the engine; of a disk on another machine it is asked every few
 * seconds. The engine tells bytes quickly, in a time that grows with the files; those it counts slowly, and is asked to
 * where that time allows too many. A file that is deleted and held open shows nowhere but on the disk: when that is
 * full, containers end one by one until there is room, and one that gives back more than its quota was over it.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #watched = new Set<Watched>();
  readonly #counts = createPermits(1);
  #disk: DiskSpace | null = null;
  #isTicking = false;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Rejects with SandboxError when the engine's disk is full. */
  async check(): Promise<void> {
    const disk = await this.#read();
    if (disk === null || !isShort(disk)) return;
    const shortage = this.#describeShortage(disk);
    this.#options.onFull(shortage);
    throw shortage;
  }

  /** Watches a container that has not started yet, until the answer is called. */
  watch(container: WatchedContainer): () => void {
    const { treeBytes, diskBytes } = container;
    const treeFiles = Math.ceil(treeBytes / BYTES_OF_ARCHIVED_FILE);
    const watched = {
      container,
      limitBytes: diskBytes + treeBytes,
      limitFiles: maxFiles(diskBytes) + treeFiles,
      bytes: { own: treeBytes, disk: this.#disk?.usedBytes ?? 0 },
      files: { own: treeFiles, disk: this.#disk?.usedFiles ?? 0 },
      lookedAt: performance.now(),
      took: 0,
      isBusy: false,
    };
    this.#watched.add(watched);
    if (!this.#isTicking) this.#wait();
    return () => {
      this.#watched.delete(watched);
    };
  }

  #wait(): void {
    this.#isTicking = true;
    setTimeout(() => void this.#tick(), TICK_MS).unref();
  }

  async #tick(): Promise<void> {
    const disk = await this.#read();
    for (const watched of this.#watched) if (isDue(watched, disk)) void this.#look(watched, disk);
    if (disk !== null && isShort(disk)) await this.#makeRoom(disk);
    this.#isTicking = false;
    if (this.#watched.size > 0) this.#wait();
  }

  async #look(watched: Watched, disk: DiskSpace | null): Promise<void> {
    const { container, limitBytes, limitFiles } = watched;
    const started = performance.now();
    watched.isBusy = true;
    try {
      const bytes = await this.#options.engine.writtenBytes(container.id, CALL);
      const took = performance.now() - started;
      const most = mayHold(watched.files, disk?.usedFiles);
      const msPerFile = most > limitFiles * COUNT_AT ? QUICKEST_MS_PER_FILE : USUAL_MS_PER_FILE;
      const isTooQuick = took < limitFiles * msPerFile;
      const files = isTooQuick ? Math.min(most, took / QUICKEST_MS_PER_FILE) : await this.#count(container.id);
      watched.bytes = { own: bytes, disk: disk?.usedBytes ?? 0 };
      watched.files = { own: files, disk: disk?.usedFiles ?? 0 };
      if (bytes > limitBytes || files > limitFiles) await container.end(Promise.resolve(null));
    } catch (error) {
      // An engine that does not answer shows in the sandbox's own calls; the next look may find it again.
      if (!(error instanceof SandboxError)) throw error;
    }
    watched.lookedAt = performance.now();
    watched.took = watched.lookedAt - started;
    watched.isBusy = false;
  }

  /** Paths that differ from the image; the container stands still, because the engine fails where they go on changing. */
  #count(id: string): Promise<number> {
    const { engine } = this.#options;
    return this.#counts.run(async () => {
      await engine.pause(id, CALL).catch(ignoreRefusal);
      try {
        return await engine.countChanges(id, COUNT);
      } finally {
        await engine.unpause(id, CALL).catch(ignoreRefusal);
      }
    }, NEVER);
  }

  /**
   * Ends containers until there is room, first the one that has the most in memory: what was written last is there as
   * well. All of them stand still, so that what an end gives back was held by that one.
   */
  async #makeRoom(disk: DiskSpace): Promise<void> {
    const { engine, onFull } = this.#options;
    const shortage = this.#describeShortage(disk);
    onFull(shortage);
    const lost = new SandboxError("SWERL_SANDBOX_LOST", `ended to make room on the ${shortage.message}`, {
      hint: FREE_DATA_ROOT,
    });
    const ids = [...this.#watched].map(({ container }) => container.id);
    await Promise.all(ids.map((id) => engine.pause(id, CALL).catch(ignoreRefusal)));
    try {
      for (const { container, limitBytes } of await this.#sortByMemory()) {
        const before = await this.#read();
        if (before === null || !isShort(before)) return;
        let decide: (verdict: SandboxError | null) => void = () => undefined;
        const verdict = new Promise<SandboxError | null>((resolve) => {
          decide = resolve;
        });
        await container.end(verdict);
        const after = (await this.#read()) ?? before;
        const left = await engine.writtenBytes(container.id, CALL).catch(() => 0);
        decide(before.usedBytes - after.usedBytes + left > limitBytes ? null : lost);
      }
    } finally {
      await Promise.all(ids.map((id) => engine.unpause(id, CALL).catch(ignoreRefusal)));
    }
  }

  async #sortByMemory(): Promise<Watched[]> {
    const sizes = [...this.#watched].map(async (watched) => {
      return { watched, memory: await this.#options.engine.usedMemory(watched.container.id, CALL).catch(() => 0) };
    });
    return (await Promise.all(sizes)).sort((one, other) => other.memory - one.memory).map(({ watched }) => watched);
  }

  async #read(): Promise<DiskSpace | null> {
    this.#disk = await this.#options.readDisk();
    return this.#disk;
  }

  #describeShortage(disk: DiskSpace): SandboxError {
    const message = `disk of Docker at ${this.#options.engine.name}: ${renderShortage(disk)}`;
    return new SandboxError("SWERL_DISK_FULL", message, { hint: FREE_DATA_ROOT });
  }
}

function isDue({ isBusy, lookedAt, took, ...watched }: Watched, disk: DiskSpace | null): boolean {
  if (isBusy) return false;
  const { bytes, files, limitBytes, limitFiles } = watched;
  const waited = performance.now() - lookedAt;
  if (mayHold(bytes, disk?.usedBytes) > limitBytes || mayHold(files, disk?.usedFiles) > limitFiles * COUNT_AT) {
    return waited * MAX_SHARE_OF_SUSPECT >= took;
  }
  const hasChanged = disk === null || disk.usedBytes !== bytes.disk || disk.usedFiles !== files.disk;
  return hasChanged && waited >= Math.max(PERIOD_MS, took / MAX_SHARE);
}

/** The most that a container can hold by now. */
function mayHold(seen: Seen, used: number | undefined): number {
  return seen.own + Math.max(0, (used ?? seen.disk) - seen.disk);
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof SandboxError)) throw error;
}
