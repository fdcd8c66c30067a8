import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { planIterationInstances } from "../../src/domain/plan-iteration.ts";

describe("planIterationInstances", () => {
  it("repeats nothing inside an iteration, and uses the pool evenly", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(1000),
        (size, count, seed) => {
          const pool = Array.from({ length: size }, (_, index) => index);
          const uses = pool.map(() => 0);
          for (let iteration = 0; iteration < 12; iteration++) {
            const picked = planIterationInstances(pool, count, iteration, seed);
            expect(picked).toHaveLength(Math.min(count, size));
            expect(new Set(picked).size).toBe(picked.length);
            for (const index of picked) uses[index] = (uses[index] as number) + 1;
            expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(2);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("goes once through the pool before it repeats, and depends on the seed", () => {
    const pool = Array.from({ length: 12 }, (_, index) => index);
    const pass = [0, 1, 2].flatMap((iteration) => planIterationInstances(pool, 4, iteration, 7));
    expect(pass.toSorted((a, b) => a - b)).toEqual(pool);
    expect(planIterationInstances(pool, 12, 0, 8)).not.toEqual(pass);
  });
});
