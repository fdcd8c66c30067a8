import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, symlink, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openRunStore } from "../../../src/adapters/files/run-store.ts";
import type { RunEvent } from "../../../src/domain/run-event.ts";
import { makeTrajectory } from "../../fakes/make-trajectory.ts";
import { compileScript } from "../../fakes/run-in-child.ts";

let directory: string;
const journalPath = (): string => join(directory, "journal", "events.jsonl");

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swerl-journal-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const iterationEnd = (iteration: number): RunEvent => ({
  type: "iteration-end",
  iteration,
  metrics: { reward: iteration / 7 },
});

async function writeEvents(events: readonly RunEvent[]): Promise<void> {
  const store = await openRunStore({ directory });
  await Promise.all(events.map((event) => store.append(event)));
  await store.close();
}

async function readEvents(): Promise<readonly RunEvent[]> {
  const store = await openRunStore({ directory });
  await store.close();
  return store.events;
}

describe("openRunStore", () => {
  it("gives back what was appended, in order, over several openings", async () => {
    const trajectory: RunEvent = {
      type: "trajectory-end",
      iteration: 0,
      trajectory: { ...makeTrajectory({ turns: 2 }), model_patch: "ü\u2028\ud83d\ude00\n\0" },
    };
    await writeEvents([iterationEnd(0), trajectory]);
    await writeEvents([iterationEnd(1)]);
    expect(await readEvents()).toEqual([iterationEnd(0), trajectory, iterationEnd(1)]);
  });

  it(
    "recovers exactly the whole records from a journal cut at any byte, and keeps the rest",
    { timeout: 60_000 },
    async () => {
      const events = [0, 1].map(iterationEnd);
      await writeEvents(events);
      const bytes = await readFile(journalPath());
      const ends = [...bytes.keys()].filter((index) => bytes[index] === 10).map((index) => index + 1);
      for (let cut = 0; cut <= bytes.length; cut++) {
        await writeFile(journalPath(), bytes.subarray(0, cut));
        const warnings: string[] = [];
        const store = await openRunStore({ directory, onWarning: (message) => warnings.push(message) });
        const whole = ends.filter((end) => end <= cut);
        expect(store.events).toEqual(events.slice(0, whole.length));
        await store.append(iterationEnd(99));
        await store.close();
        const torn = cut - (whole.at(-1) ?? 0);
        expect(warnings).toHaveLength(torn > 0 ? 1 : 0);
        if (torn > 0) expect(await readQuarantined()).toEqual(bytes.subarray(cut - torn, cut));
        expect(await readEvents()).toEqual([...events.slice(0, whole.length), iterationEnd(99)]);
      }
    },
  );

  it("says where a flipped byte is, whichever byte it is", { timeout: 60_000 }, async () => {
    await writeEvents([0, 1].map(iterationEnd));
    const bytes = await readFile(journalPath());
    for (let position = 0; position < bytes.length; position++) {
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] as number) ^ (1 << (position % 8));
      await writeFile(journalPath(), flipped);
      const start = bytes.lastIndexOf(10, position - 1) + 1;
      await expect(openRunStore({ directory }), `byte ${position}`).rejects.toMatchObject({
        code: "SWERL_JOURNAL_CORRUPT",
        message: expect.stringContaining(`at byte ${position === 0 ? 0 : start} `),
      });
      expect(await readFile(journalPath())).toEqual(flipped);
    }
  });

  it("takes a tail of zeros, as a power cut leaves it, for torn", async () => {
    await writeEvents([iterationEnd(0)]);
    await writeFile(journalPath(), Buffer.alloc(5000), { flag: "a" });
    expect(await readEvents()).toEqual([iterationEnd(0)]);
  });

  it("refuses a record that is not an event, and stays usable", async () => {
    const store = await openRunStore({ directory });
    const bad = { type: "iteration-end", iteration: 0, metrics: { reward: Number.NaN } } as RunEvent;
    await expect(store.append(bad)).rejects.toMatchObject({ code: "SWERL_RECORD_FORMAT" });
    await store.append(iterationEnd(1));
    await store.close();
    expect(await readEvents()).toEqual([iterationEnd(1)]);
  });

  it("lets one writer in at a time", async () => {
    const store = await openRunStore({ directory });
    await expect(openRunStore({ directory })).rejects.toMatchObject({ code: "SWERL_RUN_LOCKED" });
    await store.append(iterationEnd(0));
    await store.close();
    await store.close();
    const attempts = await Promise.allSettled([1, 2, 3, 4].map(() => openRunStore({ directory })));
    const opened = attempts.filter((attempt) => attempt.status === "fulfilled");
    expect(opened).toHaveLength(1);
    await opened[0]?.value.close();
    expect(await readEvents()).toEqual([iterationEnd(0)]);
  });

  it("takes over from a dead owner, also when its pid is in use again, and not from another machine", async () => {
    await writeEvents([iterationEnd(0)]);
    const lockName = (await readdir(join(directory, "journal"))).find((name) => name.startsWith("lock."));
    const lockPath = join(directory, "journal", lockName as string);
    const lock = JSON.parse(await readFile(lockPath, "utf8")) as { owner: object };
    const leave = (owner: object): Promise<void> =>
      writeFile(lockPath, JSON.stringify({ released: false, owner: { ...lock.owner, ...owner } }));
    await leave({ start_time: "1" });
    expect(await readEvents()).toEqual([iterationEnd(0)]);
    const last = (await readdir(join(directory, "journal"))).find((name) => name.startsWith("lock."));
    await writeFile(
      join(directory, "journal", last as string),
      JSON.stringify({ released: false, owner: { ...lock.owner, boot_id: "other", hostname: "elsewhere" } }),
    );
    await expect(openRunStore({ directory })).rejects.toMatchObject({
      code: "SWERL_RUN_LOCKED",
      hint: expect.stringContaining("delete"),
    });
  });

  it("says that the disk is full, and goes on refusing", async () => {
    await mkdir(join(directory, "journal"));
    await symlink("/dev/full", journalPath());
    const store = await openRunStore({ directory });
    await expect(store.append(iterationEnd(0))).rejects.toMatchObject({ code: "SWERL_DISK_FULL" });
    await expect(store.append(iterationEnd(1))).rejects.toMatchObject({ code: "SWERL_DISK_FULL" });
    await store.close();
  });

  it("holds every acknowledged record exactly once after kill -9", { timeout: 60_000 }, async () => {
    const script = compileScript(join(import.meta.dirname, "append-until-killed.ts"));
    const acknowledged: number[] = [];
    for (let kill = 0; kill < 10; kill++) {
      const child = script.spawn([directory, String(kill)]);
      const exit = once(child, "exit");
      const killAfter = 1 + Math.floor(Math.random() * 30);
      let seen = 0;
      for await (const line of createInterface({ input: child.stdout as Readable })) {
        acknowledged.push(Number(line));
        if (++seen === killAfter) setTimeout(() => child.kill("SIGKILL"), Math.random() * 20);
      }
      expect(await exit).toEqual([null, "SIGKILL"]);
    }
    await rm(script.directory, { recursive: true });
    const iterations = (await readEvents()).map((event) => (event.type === "trajectory-end" ? event.iteration : -1));
    expect(new Set(iterations).size).toBe(iterations.length);
    expect(iterations).toEqual(expect.arrayContaining(acknowledged));
  });
});

async function readQuarantined(): Promise<Buffer> {
  const folder = join(directory, "journal");
  const names = (await readdir(folder)).filter((name) => name.startsWith("quarantine-"));
  expect(names).toHaveLength(1);
  const content = await readFile(join(folder, names[0] as string));
  await rm(join(folder, names[0] as string));
  return content;
}
