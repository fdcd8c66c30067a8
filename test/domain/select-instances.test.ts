import { describe, expect, it } from "vitest";

import { findUnknownIds, selectInstances } from "../../src/domain/select-instances.ts";
import type { TaskInstance } from "../../src/domain/task-instance.ts";

const instances = ["a-1", "a-2", "b-1", "b-2"].map(
  (instance_id, index) => ({ instance_id, split: index % 2 === 0 ? "dev" : "test" }) as TaskInstance,
);
const ALL = { split: null, taskIds: null, filter: null, slice: null, limit: null };
const select = (selection: Partial<typeof ALL> | Record<string, unknown>) =>
  selectInstances(instances, { ...ALL, ...selection }).map((instance) => instance.instance_id);

describe("selectInstances", () => {
  it.each([
    [{}, ["a-1", "a-2", "b-1", "b-2"]],
    [{ split: "test" }, ["a-2", "b-2"]],
    [{ filter: "^b" }, ["b-1", "b-2"]],
    [{ taskIds: ["b-1", "a-1"] }, ["a-1", "b-1"]],
    [{ slice: "1:3" }, ["a-2", "b-1"]],
    [{ slice: ":-1" }, ["a-1", "a-2", "b-1"]],
    [{ slice: "-2:" }, ["b-1", "b-2"]],
    [{ filter: "^b", slice: "1:", limit: 5 }, ["b-2"]],
    [{ limit: 1 }, ["a-1"]],
  ])("%j", (selection, expected) => {
    expect(select(selection)).toEqual(expected);
  });

  it("tells which asked ids do not exist", () => {
    expect(findUnknownIds(instances, ["a-1", "z-9"])).toEqual(["z-9"]);
  });
});
