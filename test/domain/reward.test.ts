import { describe, expect, it } from "vitest";

import { computeLengthPenalty, computeReward } from "../../src/domain/reward.ts";

const stage1 = { lengthPenaltyStart: 10, turnLimit: 40 };

describe("computeReward", () => {
  it("follows paper Eq. 3-4: slope -1/30 a turn beyond 10 in stage 1, -1/70 in stage 2", () => {
    expect(computeReward(1, 9, stage1)).toEqual({ outcome: 1, length_penalty: 0, reward: 1 });
    expect(computeReward(1, 10, stage1).reward).toBe(1);
    expect(computeReward(0, 11, stage1).reward).toBeCloseTo(-1 / 30, 12);
    expect(computeReward(1, 25, stage1).reward).toBeCloseTo(0.5, 12);
    expect(computeReward(1, 40, stage1).reward).toBe(0);
    expect(computeReward(0, 40, stage1).reward).toBe(-1);
    expect(computeLengthPenalty(11, { lengthPenaltyStart: 10, turnLimit: 80 })).toBeCloseTo(-1 / 70, 12);
  });

  it("never falls below -1, and is 0 when switched off or without room for a slope", () => {
    expect(computeLengthPenalty(500, stage1)).toBe(-1);
    expect(computeLengthPenalty(500, { lengthPenaltyStart: null, turnLimit: 40 })).toBe(0);
    expect(computeLengthPenalty(12, { lengthPenaltyStart: 8, turnLimit: 8 })).toBe(0);
  });
});
