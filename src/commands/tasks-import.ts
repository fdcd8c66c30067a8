import type { RowFormat } from "../domain/importers/import-row.ts";
import { importTasks } from "../wiring/import-tasks.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";

export interface ImportFlags {
  readonly file: string;
  readonly format: RowFormat;
  /** Folder of the task set; its `tasks/` is replaced. */
  readonly out: string;
  readonly split: string;
  /** `PREFIX=REPLACEMENT` for image references. */
  readonly mirror: readonly string[];
  readonly skipInvalid: boolean;
  readonly json: boolean;
}

/** `swerl tasks import`: dataset rows (JSON lines) as a task set. Every malformed row is named by line and field. */
export async function importTaskRows(flags: ImportFlags, context: CommandContext): Promise<number> {
  const { file, format, out, split, skipInvalid } = flags;
  const mirrors = flags.mirror.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]);
  const imageMirrors = Object.fromEntries(mirrors) as Record<string, string>;
  const report = await importTasks({ file, format, out, split, skipInvalid, imageMirrors });
  for (const problem of report.problems) {
    const { line, field, value, expected } = problem;
    context.stderr.write(
      `${file}:${line} ${field}: got ${JSON.stringify(value)?.slice(0, 80)}, expected ${expected}\n`,
    );
  }
  const leftOut = new Set(report.problems.map((problem) => problem.line)).size;
  context.stdout.write(
    flags.json
      ? `${JSON.stringify({ folder: out, imported: report.imported, left_out: leftOut })}\n`
      : `${report.imported} instances in ${out}${leftOut === 0 ? "" : `, ${leftOut} rows left out`}\n`,
  );
  return EXIT_CODES.ok;
}
