import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DiskWatch } from "../../../src/adapters/docker/disk-watch.ts";
import type { DiskSpace } from "../../../src/platform/disk-space.ts";
import { SandboxError } from "../../../src/platform/errors.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** 16,384 and one for every 4 KiB. */
const LIMITS = { treeBytes: 0, diskBytes: 256 * MIB };
const LIMIT_FILES = 16_384 + 65_536;
const MS_PER_FILE = 0.004;

/** A disk with containers on it, whose engine takes as long to look at them as they have files. */
class Machine {
  readonly asked: string[] = [];
  readonly ends = new Map<string, Promise<SandboxError | null>>();
  readonly paused = new Set<string>();
  readonly shortages: SandboxError[] = [];
  readonly containers = new Map<string, { bytes: number; files: number; hidden: number }>();
  /** What others have on the disk. */
  others = 10 * GIB;
  isSeen = true;
  isAway = false;
  readonly watch: DiskWatch;

  constructor() {
    this.watch = new DiskWatch({
      engine: {
        name: "engine",
        writtenBytes: async (id) => {
          const { files, bytes } = this.#ask("bytes", id);
          await wait(0.5 + files * MS_PER_FILE);
          return bytes;
        },
        countChanges: async (id) => {
          this.asked.push(this.paused.has(id) ? "still" : "moving");
          return this.#ask("files", id).files;
        },
        usedMemory: async (id) => this.#ask("memory", id).bytes + this.#ask("memory", id).hidden,
        pause: async (id) => this.paused.add(id),
        unpause: async (id) => this.paused.delete(id),
      },
      readDisk: async () => (this.isSeen ? this.#read() : null),
      onFull: (error) => this.shortages.push(error),
    });
  }

  /** A container that ends as told; resolves once the watch knows the disk. */
  async start(id: string): Promise<() => void> {
    await this.watch.check().catch(() => undefined);
    this.containers.set(id, { bytes: 0, files: 0, hidden: 0 });
    const end = async (verdict: Promise<SandboxError | null>): Promise<void> => {
      this.ends.set(id, verdict);
      this.at(id).hidden = 0;
    };
    return this.watch.watch({ id, ...LIMITS, end });
  }

  at(id: string): { bytes: number; files: number; hidden: number } {
    return this.containers.get(id) ?? { bytes: 0, files: 0, hidden: 0 };
  }

  #ask(what: string, id: string): { bytes: number; files: number; hidden: number } {
    this.asked.push(`${what} ${id}`);
    if (this.isAway) throw new SandboxError("SWERL_DOCKER_TIMEOUT", "no answer");
    return this.at(id);
  }

  #read(): DiskSpace {
    const all = [...this.containers.values()];
    const usedBytes = this.others + all.reduce((sum, { bytes, hidden }) => sum + bytes + hidden, 0);
    const usedFiles = 100_000 + all.reduce((sum, { files }) => sum + files, 0);
    const freeBytes = 20 * GIB - usedBytes;
    return { folder: "/data", device: 1, usedBytes, freeBytes, usedFiles, freeFiles: 10_000_000 - usedFiles };
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("the watch of an engine's disk", () => {
  let machine: Machine;
  beforeEach(async () => {
    vi.useFakeTimers();
    machine = new Machine();
    await machine.start("one");
    await machine.start("two");
  });
  afterEach(() => vi.useRealTimers());

  it("asks the engine nothing while nothing changes on the disk", async () => {
    await pass(60_000);
    expect(machine.asked).toEqual([]);
  });

  it("asks about a disk that changes every few seconds", async () => {
    machine.others += MIB;
    await pass(60_000);
    expect(machine.asked).toEqual(["bytes one", "bytes two"]);
    expect(machine.ends.size).toBe(0);
  });

  it("ends the container that is over its bytes as soon as the disk has grown by as much", async () => {
    machine.at("one").bytes = LIMITS.diskBytes;
    await pass(1_000);
    expect(machine.asked).toEqual([]);
    machine.at("one").bytes += 1;
    await pass(1_000);
    expect([...machine.ends.keys()]).toEqual(["one"]);
    expect(await machine.ends.get("one")).toBe(null);
  });

  it("counts the files of the container that may have so many, and of no other", async () => {
    machine.at("one").files = 2 * LIMIT_FILES;
    await pass(10_000);
    expect([...machine.ends.keys()]).toEqual(["one"]);
    expect(await machine.ends.get("one")).toBe(null);
    expect(machine.asked).toContain("files one");
    expect(machine.asked).not.toContain("files two");
    expect(machine.asked).not.toContain("moving");
    expect([...machine.paused]).toEqual([]);
  });

  it("lets a container have the files that it may have", async () => {
    machine.at("one").files = LIMIT_FILES;
    machine.at("two").files = LIMIT_FILES;
    await pass(60_000);
    expect(machine.asked).toContain("files one");
    expect(machine.ends.size).toBe(0);
  });

  it("counts what is put into a container before its start as its own", async () => {
    const tree = { treeBytes: 64 * MIB, diskBytes: 1 };
    const ended: string[] = [];
    machine.containers.set("three", { bytes: 64 * MIB, files: 10_000, hidden: 0 });
    machine.watch.watch({ id: "three", ...tree, end: async () => void ended.push("three") });
    await pass(60_000);
    expect(ended).toEqual([]);
  });

  it("asks every few seconds about a disk that it cannot see", async () => {
    machine.isSeen = false;
    await pass(60_000);
    expect(machine.asked.filter((what) => what === "bytes one").length).toBeGreaterThan(5);
    machine.at("one").bytes = LIMITS.diskBytes + 1;
    machine.at("two").files = 2 * LIMIT_FILES;
    await pass(60_000);
    expect([...machine.ends.keys()].sort()).toEqual(["one", "two"]);
  });

  it("goes on when the engine did not answer", async () => {
    machine.isAway = true;
    machine.at("one").bytes = 2 * LIMITS.diskBytes;
    await pass(1_000);
    expect(machine.ends.size).toBe(0);
    machine.isAway = false;
    await pass(1_000);
    expect([...machine.ends.keys()]).toEqual(["one"]);
  });

  it("stops watching when told to", async () => {
    const stop = await machine.start("three");
    stop();
    machine.at("three").bytes = 2 * LIMITS.diskBytes;
    await pass(10_000);
    expect(machine.asked).not.toContain("bytes three");
  });

  it("finds who fills the disk with files that it has deleted, and lets the others go on", async () => {
    machine.at("two").hidden = 10 * GIB;
    await pass(1_000);
    expect([...machine.ends.keys()]).toEqual(["two"]);
    expect(await machine.ends.get("two")).toBe(null);
    expect([...machine.paused]).toEqual([]);
    expect(machine.shortages[0]).toMatchObject({ code: "SWERL_DISK_FULL", message: expect.stringContaining("0 MiB") });
  });

  it("ends containers blamelessly when somebody else fills the disk", async () => {
    machine.others = 20 * GIB;
    await pass(1_000);
    expect([...machine.ends.keys()].sort()).toEqual(["one", "two"]);
    for (const verdict of machine.ends.values()) expect(await verdict).toMatchObject({ code: "SWERL_SANDBOX_LOST" });
    await expect(machine.watch.check()).rejects.toMatchObject({
      code: "SWERL_DISK_FULL",
      message: expect.stringContaining("/data: 0 MiB"),
      hint: expect.stringContaining("free some space"),
    });
  });
});
