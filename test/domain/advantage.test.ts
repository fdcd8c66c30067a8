import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { computeAdvantages } from "../../src/domain/advantage.ts";

const reward = fc.double({ min: -1, max: 1, noNaN: true });
const rewards = fc.array(fc.option(reward), { minLength: 1, maxLength: 16 });
const valid = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

describe("computeAdvantages", () => {
  it("sums to zero over the valid members and keeps the order of rewards", () => {
    fc.assert(
      fc.property(rewards, (values) => {
        const advantages = computeAdvantages(values);
        expect(valid(advantages).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
        values.forEach((value, index) => expect(advantages[index] === null).toBe(value === null));
        values.forEach((a, i) =>
          values.forEach((b, j) => {
            if (a !== null && b !== null && a > b)
              expect(advantages[i] as number).toBeGreaterThanOrEqual(advantages[j] as number);
          }),
        );
      }),
    );
  });

  it("does not see invalid members", () => {
    fc.assert(
      fc.property(rewards, (values) => {
        expect(valid(computeAdvantages(values))).toEqual(computeAdvantages(valid(values)));
      }),
    );
  });

  it("is unchanged by a shift of the rewards, and by a positive factor up to delta", () => {
    const binary = fc.array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(binary, fc.integer({ min: -5, max: 5 }), fc.integer({ min: 1, max: 9 }), (values, shift, factor) => {
        const moved = computeAdvantages(values.map((value) => value * factor + shift));
        computeAdvantages(values).forEach((advantage, index) =>
          expect(moved[index]).toBeCloseTo(advantage as number, 4),
        );
      }),
    );
  });

  it("gives the figures of paper Eq. 2", () => {
    expect(computeAdvantages([1, 0, 0, 0], 0).map((value) => value?.toFixed(4))).toEqual([
      "1.7321",
      "-0.5774",
      "-0.5774",
      "-0.5774",
    ]);
    expect(computeAdvantages([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
    expect(computeAdvantages([null, null])).toEqual([null, null]);
  });
});
