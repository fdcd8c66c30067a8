import { exportTaskSet } from "../wiring/import-tasks.ts";
import type { ExportFormat } from "../domain/importers/import-formats.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { escapeControls } from "./terminal-text.ts";
import { planRun } from "./plan-run.ts";

export interface ExportFlags extends SharedFlags {
  readonly format: ExportFormat;
  /** The file of rows, or the folder. */
  readonly out: string;
  readonly baseImage: string;
  readonly skipInvalid: boolean;
}

/** `swerl tasks export`: the selected instances in a form that other tools read. */
export async function exportTasks(flags: ExportFlags, context: CommandContext): Promise<number> {
  const { config, instances, tasks } = await planRun(flags, "eval");
  const { format, out, baseImage, skipInvalid } = flags;
  if (flags.dryRun) {
    context.stdout.write(`would write ${instances.length} instances of ${config.tasks.path} as ${format} to ${out}\n`);
    return EXIT_CODES.ok;
  }
  const prepare = (instance: (typeof instances)[number]) => tasks.prepare(instance, context.signal);
  const report = await exportTaskSet({ instances, format, out, baseImage, skipInvalid, prepare });
  for (const { file, field, expected } of report.problems) {
    context.stderr.write(escapeControls(`${file}: left out: ${field}: expected ${expected}\n`));
  }
  const leftOut = instances.length - report.exported;
  context.stdout.write(
    flags.json
      ? `${JSON.stringify({ path: out, format, exported: report.exported, left_out: leftOut })}\n`
      : `${report.exported} instances in ${out}${leftOut === 0 ? "" : `, ${leftOut} left out`}\n`,
  );
  return EXIT_CODES.ok;
}
