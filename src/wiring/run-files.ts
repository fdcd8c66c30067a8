import { existsSync } from "node:fs";
import { join } from "node:path";

import { openRunStore, type RunStoreOptions } from "../adapters/files/run-store.ts";
import { readRun } from "../adapters/files/read-run.ts";
import { writeTaskRepo } from "../adapters/tasks/write-task-repo.ts";
import { renderReport, type ReportOptions } from "../adapters/viewer/render-report.ts";
import type { RunEvent } from "../domain/run-event.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { RunStore } from "../ports/run-store.ts";

/** Opens a run's journal for writing; the folder is made when absent. */
export function openRun(options: RunStoreOptions): Promise<RunStore> {
  return openRunStore(options);
}

/** Whether a run was begun in the folder. */
export function hasRun(directory: string): boolean {
  return existsSync(join(directory, "journal"));
}

/** The journal of a run that may still be going. */
export function loadRun(directory: string): Promise<RunEvent[]> {
  return readRun(directory);
}

/** The report of runs as one HTML file's text. */
export function renderRunReport(options: ReportOptions): string {
  return renderReport(options);
}

/** Writes a generated family as a task set in the folder. */
export function writeTasks(directory: string, name: string, instances: readonly TaskInstance[]): Promise<void> {
  return writeTaskRepo(directory, name, instances);
}
