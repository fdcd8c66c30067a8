import { describe, expect, it } from "vitest";

import { createDrillInstances } from "../../../src/domain/drill/drill-instance.ts";
import { taskInstanceSchema } from "../../../src/domain/task-instance.ts";

const functionNames = (text: string): string[] => [...text.matchAll(/def (\w+)\(/g)].map((match) => match[1] as string);

describe("createDrillInstances", () => {
  const train = createDrillInstances("train", 512, 1);
  const dev = createDrillInstances("dev", 128, 1);
  const test = createDrillInstances("test", 128, 1);

  it("is the same for the same seed and different for another one", () => {
    expect(createDrillInstances("train", 5, 1)).toEqual(train.slice(0, 5));
    expect(createDrillInstances("train", 5, 2)[0]?.test_patch).not.toBe(train[0]?.test_patch);
  });

  it("makes records that the task schema takes", () => {
    for (const instance of [...train, ...dev, ...test]) expect(taskInstanceSchema.parse(instance)).toEqual(instance);
  });

  it("shares no function name and no contract between the splits", () => {
    const [seen, held, tuned] = [train, test, dev].map((instances) => {
      const sources = instances.flatMap((instance) =>
        instance.source?.kind === "files" ? Object.values(instance.source.files) : [],
      );
      const names = sources.flatMap(functionNames);
      const contracts = sources.flatMap((text) =>
        [...text.matchAll(/(?:"""|: )((?:return|start) .*?\d.*?)(?:"""|$)/gm)].map((match) => match[1]),
      );
      return new Set([...names, ...contracts.filter((contract) => !contract?.includes("_"))]);
    }) as [Set<string>, Set<string>, Set<string>];
    expect(held.size).toBeGreaterThan(100);
    for (const word of held) expect(seen.has(word) || tuned.has(word), word).toBe(false);
    for (const word of tuned) expect(seen.has(word), word).toBe(false);
  });

  it("has an issue that names a function of the tree, and a bug that the gold patch takes out", () => {
    for (const instance of test) {
      const files = instance.source?.kind === "files" ? instance.source.files : {};
      const names = Object.values(files).flatMap(functionNames);
      expect(names.some((name) => instance.problem_statement.includes(name))).toBe(true);
      const [removed, added] = ["-", "+"].map((sign) =>
        instance.gold_patch.split("\n").filter((line) => line.startsWith(`${sign} `)),
      ) as [string[], string[]];
      expect(removed).toHaveLength(1);
      expect(added).toHaveLength(1);
      expect(removed[0]?.slice(1)).not.toBe(added[0]?.slice(1));
    }
  });
});
