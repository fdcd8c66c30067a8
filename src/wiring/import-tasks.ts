import { type ImportReport, importRows, type ImportRowsOptions } from "../adapters/tasks/import-rows.ts";

/** Imports dataset rows into a task repo on disk. */
export function importTasks(options: ImportRowsOptions): Promise<ImportReport> {
  return importRows(options);
}
