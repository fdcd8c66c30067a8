import { existsSync } from "node:fs";

import { createTaskRepoSource } from "../../src/adapters/tasks/task-repo-source.ts";
import type { TaskInstance } from "../../src/domain/task-instance.ts";
import { gradePatch } from "../../src/pipelines/grade-trajectory.ts";
import type { CommandResult, Sandbox, SandboxProvider } from "../../src/ports/sandbox.ts";
import type { TaskSource } from "../../src/ports/task-source.ts";

export interface Bundled {
  readonly source: TaskSource;
  readonly instance: TaskInstance;
}

/** Every instance of the bundled task repos whose sources are here. */
export function listBundled(): Bundled[] {
  const folders = ["tasks/starter", "tasks/pypi", "tasks/drill"].filter(
    (folder) => existsSync(`${folder}/tasks`) && (folder !== "tasks/pypi" || existsSync(`${folder}/sources`)),
  );
  return folders.flatMap((directory) => {
    const source = createTaskRepoSource({ directory });
    return source.instances.map((instance) => ({ source, instance }));
  });
}

export interface GoldRow {
  readonly instance_id: string;
  readonly paid: boolean;
  readonly reason: string;
  /** The first run was a success and the shadow run refused it. */
  readonly shadowRefused: boolean;
  /** Wall time of the grading without the commands that ran the tests, milliseconds. */
  readonly overheadMs: number;
}

/** Grades gold patches one after the other. */
export async function gradeGold(
  bundled: readonly Bundled[],
  sandboxes: SandboxProvider,
  signal: AbortSignal,
): Promise<GoldRow[]> {
  const rows: GoldRow[] = [];
  for (const { source, instance } of bundled) {
    const timed = createTimedProvider(sandboxes);
    const spec = await source.prepare(instance, signal);
    const modelPatch = instance.gold_patch;
    const verdict = await gradePatch({ instance, modelPatch, sandboxes: timed.provider, spec, signal });
    const reason = verdict.outcome === "resolved" ? "" : verdict.reason;
    rows.push({
      instance_id: instance.instance_id,
      paid: verdict.outcome === "resolved",
      reason,
      shadowRefused: reason.startsWith("shadow run:") || reason.includes("passes with a wrong expectation"),
      overheadMs: verdict.duration_ms - timed.testMs(),
    });
  }
  return rows;
}

/** A provider that adds up the wall time of the commands that run tests. */
function createTimedProvider(inner: SandboxProvider): { provider: SandboxProvider; testMs: () => number } {
  let total = 0;
  const wrap = (sandbox: Sandbox): Sandbox => ({
    id: sandbox.id,
    readFiles: (paths, options) => sandbox.readFiles(paths, options),
    writeFiles: (files, options) => sandbox.writeFiles(files, options),
    listFiles: (path, options) => sandbox.listFiles(path, options),
    extractChanges: (options) => sandbox.extractChanges(options),
    close: () => sandbox.close(),
    async run(command, options): Promise<CommandResult> {
      const startedAt = performance.now();
      const result = await sandbox.run(command, options);
      if (command.includes("PYTEST_DISABLE_PLUGIN_AUTOLOAD")) total += performance.now() - startedAt;
      return result;
    },
  });
  return {
    provider: {
      name: inner.name,
      open: async (spec, options) => wrap(await inner.open(spec, options)),
      close: () => inner.close(),
    },
    testMs: () => total,
  };
}
