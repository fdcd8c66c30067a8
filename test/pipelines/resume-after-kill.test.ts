import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { afterAll, beforeAll, expect, it } from "vitest";

import { openRunStore } from "../../src/adapters/files/run-store.ts";
import { type CompiledScript, compileScript } from "../fakes/run-in-child.ts";

const KILLS = 10;
let script: CompiledScript;
const directory = mkdtempSync(join(tmpdir(), "swerl-kill-"));

beforeAll(() => {
  script = compileScript(join(import.meta.dirname, "collect-until-killed.ts"));
});
afterAll(() => {
  rmSync(script.directory, { recursive: true });
  rmSync(directory, { recursive: true });
});

it(
  "a run killed with SIGKILL at ten random moments ends with every trajectory exactly once",
  { timeout: 120_000 },
  async () => {
    let started = 0;
    let kills = 0;
    for (let isFinished = false; !isFinished;) {
      const child = script.spawn([directory]);
      const exit = once(child, "exit");
      const killAfter = kills < KILLS ? 1 + Math.floor(Math.random() * 18) : Number.POSITIVE_INFINITY;
      let seen = 0;
      for await (const line of createInterface({ input: child.stdout as Readable })) {
        if (line === "finished") isFinished = true;
        else started++;
        if (++seen === killAfter) setTimeout(() => child.kill("SIGKILL"), Math.random() * 15);
      }
      const [, signal] = (await exit) as [number | null, string | null];
      if (signal === "SIGKILL") kills++;
      expect(isFinished ? null : signal).toBe(isFinished ? null : "SIGKILL");
    }
    expect(kills).toBe(KILLS);
    const store = await openRunStore({ directory });
    await store.close();
    const ids = store.events.flatMap((event) =>
      event.type === "trajectory-end" ? [event.trajectory.trajectory_id] : [],
    );
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    // What was played again is what was in flight at a kill: at most the eight permits and what waited for its record.
    expect(started - 200).toBeLessThanOrEqual(KILLS * 16);
  },
);
