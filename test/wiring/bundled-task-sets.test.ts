import { existsSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { createTaskRepoSource } from "../../src/adapters/tasks/task-repo-source.ts";
import { openValidation } from "../../src/wiring/validation-lock.ts";

/** Instances that each set has at least. */
const SETS = { "tasks/starter": 24, "tasks/pypi": 12, "tasks/drill": 768 };

describe("bundled task sets", () => {
  for (const [directory, count] of Object.entries(SETS)) {
    const missing = existsSync(`${directory}/tasks`) ? "" : " (skipped: ./scripts/setup makes it)";
    it.skipIf(missing !== "")(
      `${directory} is locked as it is: the gold patch 20 of 20, no patch 0 of 20${missing}`,
      async () => {
        const { instances } = createTaskRepoSource({ directory });
        const validation = await openValidation(directory);
        expect(instances.length).toBeGreaterThanOrEqual(count);
        const doubtful = instances.filter((instance) => {
          const { kind, row } = validation.judge(instance);
          const rounds = [row?.repeats, row?.gold_resolved, row?.empty_unresolved];
          return kind !== "valid" || rounds.some((round) => round !== 20);
        });
        expect(doubtful.map((instance) => instance.instance_id)).toEqual([]);
      },
    );
  }
});
