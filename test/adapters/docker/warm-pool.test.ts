import { describe, expect, it } from "vitest";

import { type WarmSandbox, WarmPool } from "../../../src/adapters/docker/warm-pool.ts";
import { createMemorySandbox } from "../../fakes/memory-sandbox.ts";

interface Started extends WarmSandbox {
  readonly number: number;
}

function createStarter(): { start: () => Promise<Started>; closed: number[]; dead: Set<number> } {
  const closed: number[] = [];
  const dead = new Set<number>();
  let started = 0;
  const start = async (): Promise<Started> => {
    const number = started;
    started += 1;
    const close = async (): Promise<void> => void closed.push(number);
    return { ...createMemorySandbox({}, "/testbed"), number, isAlive: () => !dead.has(number), close };
  };
  return { start, closed, dead };
}

describe("WarmPool", () => {
  it("gives what was started for the same key, once", async () => {
    const { start } = createStarter();
    const pool = new WarmPool<Started>(8);
    pool.add("a", 2, start);
    pool.add("b", 1, start);
    expect((await pool.take("b"))?.number).toBe(2);
    expect([(await pool.take("a"))?.number, (await pool.take("a"))?.number]).toEqual([0, 1]);
    expect(await pool.take("a")).toBeNull();
  });

  it("closes and passes over what died while it waited", async () => {
    const { start, closed, dead } = createStarter();
    const pool = new WarmPool<Started>(8);
    pool.add("a", 2, start);
    dead.add(0);
    expect((await pool.take("a"))?.number).toBe(1);
    expect(closed).toEqual([0]);
  });

  it("holds no more than its limit, dropping the oldest", async () => {
    const { start, closed } = createStarter();
    const pool = new WarmPool<Started>(2);
    pool.add("a", 2, start);
    pool.add("b", 1, start);
    await pool.close();
    expect(closed.toSorted()).toEqual([0, 1, 2]);
    expect(await pool.take("a")).toBeNull();
  });

  it("leaves out what did not start", async () => {
    const pool = new WarmPool<Started>(2);
    pool.add("a", 1, () => Promise.reject(new Error("no engine")));
    expect(await pool.take("a")).toBeNull();
  });
});
