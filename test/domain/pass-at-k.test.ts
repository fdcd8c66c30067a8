import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  computeBootstrapInterval,
  computePassAtK,
  computePassAtOne,
  computeWilsonInterval,
} from "../../src/domain/pass-at-k.ts";

const result = fc
  .integer({ min: 1, max: 10 })
  .chain((attempts) => fc.record({ attempts: fc.constant(attempts), resolved: fc.nat(attempts) }));
const results = fc.array(result, { minLength: 1, maxLength: 20 });

describe("computePassAtOne", () => {
  it("is the mean of the instances' rates, with an error that clusters by instance", () => {
    const passAtOne = computePassAtOne([
      { attempts: 4, resolved: 4 },
      { attempts: 4, resolved: 0 },
      { attempts: 4, resolved: 2 },
    ]);
    expect(passAtOne.mean).toBeCloseTo(0.5, 12);
    expect(passAtOne.standard_error).toBeCloseTo(0.5 / Math.sqrt(3), 12);
    expect(computePassAtOne([{ attempts: 4, resolved: 1 }]).standard_error).toBeNull();
  });

  it("does not shrink its error when attempts at the same instances agree", () => {
    const once = [1, 0, 1, 0, 0, 1].map((resolved) => ({ attempts: 1, resolved }));
    const tenTimes = once.map(({ resolved }) => ({ attempts: 10, resolved: resolved * 10 }));
    expect(computePassAtOne(tenTimes)).toEqual(computePassAtOne(once));
  });
});

describe("computePassAtK", () => {
  it("equals the share of k-subsets that hold a success", () => {
    fc.assert(
      fc.property(result, fc.integer({ min: 1, max: 10 }), ({ attempts, resolved }, k) => {
        const value = computePassAtK([{ attempts, resolved }], k);
        if (k > attempts) {
          expect(value).toBeNull();
          return;
        }
        let subsets = 0;
        let hits = 0;
        for (let bits = 0; bits < 2 ** attempts; bits++) {
          const drawn = [...Array(attempts).keys()].filter((index) => (bits >> index) & 1);
          if (drawn.length !== k) continue;
          subsets++;
          if (drawn.some((index) => index < resolved)) hits++;
        }
        expect(value).toBeCloseTo(hits / subsets, 9);
      }),
      { numRuns: 40 },
    );
  });

  it("agrees with pass@1 at k = 1 and never falls with k", () => {
    fc.assert(
      fc.property(results, (list) => {
        const smallest = Math.min(...list.map(({ attempts }) => attempts));
        expect(computePassAtK(list, 1)).toBeCloseTo(computePassAtOne(list).mean, 9);
        for (let k = 2; k <= smallest; k++) {
          expect(computePassAtK(list, k) as number).toBeGreaterThanOrEqual(
            (computePassAtK(list, k - 1) as number) - 1e-12,
          );
        }
      }),
    );
  });
});

describe("intervals", () => {
  it("Wilson: published figures, and always around the rate", () => {
    const interval = computeWilsonInterval(10, 20);
    expect(interval.low).toBeCloseTo(0.2993, 4);
    expect(interval.high).toBeCloseTo(0.7007, 4);
    expect(computeWilsonInterval(0, 10).high).toBeCloseTo(0.2775, 4);
    expect(computeWilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (trials, drawn) => {
        const successes = Math.min(drawn, trials);
        const { low, high } = computeWilsonInterval(successes, trials);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
      }),
    );
  });

  it("bootstrap: same seed, same interval; wider for clustered results than for the same trials apart", () => {
    const clustered = Array.from({ length: 30 }, (_, index) => ({ attempts: 8, resolved: index % 2 ? 8 : 0 }));
    const apart = Array.from({ length: 240 }, (_, index) => ({ attempts: 1, resolved: index % 2 }));
    const width = (list: typeof apart): number => {
      const { low, high } = computeBootstrapInterval(list, { seed: "1" });
      return high - low;
    };
    expect(width(clustered)).toBe(width(clustered));
    expect(width(clustered)).toBeGreaterThan(2 * width(apart));
    const error = computePassAtOne(clustered).standard_error as number;
    expect(width(clustered)).toBeCloseTo(2 * 1.96 * error, 1);
  });
});
