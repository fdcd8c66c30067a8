import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createBubblewrapProvider } from "../../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import { createTaskRepoSource } from "../../../src/adapters/tasks/task-repo-source.ts";
import { writeTaskRepo } from "../../../src/adapters/tasks/write-task-repo.ts";
import { createDrillInstances } from "../../../src/domain/drill/drill-instance.ts";
import type { TaskInstance } from "../../../src/domain/task-instance.ts";
import type { Verdict } from "../../../src/domain/verdict.ts";
import { gradePatch } from "../../../src/pipelines/grade-trajectory.ts";
import type { SandboxProvider } from "../../../src/ports/sandbox.ts";
import type { TaskSource } from "../../../src/ports/task-source.ts";
import { withoutBubblewrap } from "../../fakes/machine.ts";

const signal = new AbortController().signal;
let scratch: string;
let sandboxes: SandboxProvider;
let drill: TaskSource;
let starter: TaskSource;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "swerl-grade-"));
  await writeTaskRepo(join(scratch, "drill"), "drill", createDrillInstances("train", 3, 7));
  const cacheDirectory = join(scratch, "trees");
  drill = createTaskRepoSource({ directory: join(scratch, "drill"), cacheDirectory });
  starter = createTaskRepoSource({ directory: "tasks/starter", cacheDirectory });
  if (withoutBubblewrap === null) sandboxes = await createBubblewrapProvider();
});
afterAll(async () => {
  if (withoutBubblewrap === null) await sandboxes.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function grade(
  source: TaskSource,
  instance: TaskInstance,
  modelPatch: string,
  runEmptyPatch = false,
): Promise<Verdict> {
  const spec = await source.prepare(instance, signal);
  return gradePatch({ instance, modelPatch, sandboxes, spec, signal, runEmptyPatch });
}

describe.skipIf(withoutBubblewrap !== null)(`gradePatch on plain functions ${withoutBubblewrap ?? ""}`, () => {
  it("resolves with the gold patch and says which tests fail without it", async () => {
    for (const instance of drill.instances) {
      const gold = await grade(drill, instance, instance.gold_patch);
      expect(gold).toMatchObject({ outcome: "resolved" });
      const empty = await grade(drill, instance, "", true);
      expect(empty).toMatchObject({ outcome: "unresolved", reason: "tests_failed" });
      if (empty.outcome !== "unresolved") continue;
      for (const id of instance.FAIL_TO_PASS) expect(empty.tests[id]).toBe("FAILED");
      for (const id of instance.PASS_TO_PASS) expect(empty.tests[id]).toBe("PASSED");
    }
  });

  it("runs nothing for an empty patch, and nothing applies that is no patch", async () => {
    const instance = drill.instances[0]!;
    expect(await grade(drill, instance, " \n")).toMatchObject({ outcome: "unresolved", reason: "empty_patch" });
    const wrong = instance.gold_patch.replace(/^-(?!-).*$/m, "-zzz");
    expect(await grade(drill, instance, wrong)).toMatchObject({
      outcome: "unresolved",
      reason: "patch_does_not_apply",
    });
    const torn = instance.gold_patch.split("\n").slice(0, -3).join("\n");
    expect(await grade(drill, instance, torn)).toMatchObject({ outcome: "unresolved", reason: "patch_does_not_apply" });
  });
});

describe.skipIf(withoutBubblewrap !== null)(`gradePatch under pytest ${withoutBubblewrap ?? ""}`, () => {
  it("resolves a starter instance with its gold patch and not without", async () => {
    const instance = starter.instances[0]!;
    expect(await grade(starter, instance, instance.gold_patch)).toMatchObject({ outcome: "resolved" });
    const empty = await grade(starter, instance, "", true);
    expect(empty).toMatchObject({ outcome: "unresolved", reason: "tests_failed" });
    if (empty.outcome !== "unresolved") return;
    for (const id of instance.PASS_TO_PASS) expect(empty.tests[id]).toBe("PASSED");
    for (const id of instance.FAIL_TO_PASS) expect(empty.tests[id]).toBe("FAILED");
  });
});
