import { describe, expect, it } from "vitest";

import { buildRftDataset } from "../../src/domain/rft-dataset.ts";
import { makeTrajectory } from "../fakes/make-trajectory.ts";

const defaults = { maxPerInstance: null, dropDuplicates: false, seed: 1 };

describe("buildRftDataset", () => {
  it("keeps what was resolved, with malformed turns masked and kept in the context", () => {
    const good = makeTrajectory({ outcome: 1, turns: 3, formatErrors: [1], trajectory_id: "good" });
    const others = ([0, null] as const).map((outcome) => makeTrajectory({ outcome, trajectory_id: "other" }));
    const [sequence, ...rest] = buildRftDataset([good, ...others], defaults);
    expect(rest).toEqual([]);
    expect(sequence?.token_ids).toEqual(good.token_ids);
    const start = good.turns[1]?.sampled_start as number;
    const expected = good.loss_mask.map((bit, index) => (index >= start && index < start + 2 ? 0 : bit));
    expect(sequence?.loss_mask).toEqual(expected);
  });

  it("puts another prompt in the place of the sampled one, and moves the mask with it", () => {
    const trajectory = makeTrajectory({ outcome: 1, turns: 2, promptTokens: 5 });
    const [sequence] = buildRftDataset([trajectory], { ...defaults, promptOf: () => [70, 71] });
    expect(sequence?.token_ids).toEqual([70, 71, ...trajectory.token_ids.slice(5)]);
    expect(sequence?.loss_mask).toEqual([0, 0, ...trajectory.loss_mask.slice(5)]);
  });

  it("drops duplicates and caps an instance only when asked", () => {
    const same = Array.from({ length: 6 }, (_, index) =>
      makeTrajectory({ outcome: 1, trajectory_id: `t${index}`, group_index: index }),
    );
    expect(buildRftDataset(same, defaults)).toHaveLength(6);
    expect(buildRftDataset(same, { ...defaults, dropDuplicates: true })).toHaveLength(1);
    const capped = buildRftDataset(same, { ...defaults, maxPerInstance: 2 });
    expect(capped).toHaveLength(2);
    expect(buildRftDataset(same, { ...defaults, maxPerInstance: 2 })).toEqual(capped);
  });
});
