import type { ImportFormat } from "../domain/importers/import-formats.ts";
import { InputError } from "../platform/errors.ts";
import { type ImportReport, importTasks } from "../wiring/import-tasks.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { escapeControls } from "./terminal-text.ts";

export interface ImportFlags {
  /** File of rows, or folder. */
  readonly source: string;
  readonly format: ImportFormat;
  /** Folder of the task set; its `tasks/` is replaced. */
  readonly out: string;
  readonly split?: string;
  /** `PREFIX=REPLACEMENT` for image references. */
  readonly mirror: readonly string[];
  readonly skipInvalid: boolean;
  readonly json: boolean;
}

/** `swerl tasks import`: a dataset as a task set. Everything malformed is named by place and field. */
export async function importTaskSet(flags: ImportFlags, context: CommandContext): Promise<number> {
  const { source, format, out, skipInvalid } = flags;
  const imageMirrors = readMirrors(flags.mirror);
  const report = await importTasks({ source, format, out, split: flags.split ?? null, skipInvalid, imageMirrors });
  for (const problem of report.problems) {
    const { file, line, field, value, expected } = problem;
    const seen = (JSON.stringify(value) ?? "nothing").slice(0, 80);
    const place = line === undefined ? file : `${file}:${line}`;
    const where = `${place}${field === "" ? "" : ` ${field}`}`;
    context.stderr.write(escapeControls(`${where}: got ${seen}, expected ${expected}\n`));
  }
  for (const { image, folder } of report.toBuild) {
    context.stderr.write(escapeControls(`build: docker build -t ${image} ${folder}\n`));
  }
  context.stdout.write(flags.json ? `${JSON.stringify(describe(report, out))}\n` : summarize(report, out));
  return EXIT_CODES.ok;
}

function readMirrors(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new InputError("SWERL_USAGE", `--mirror: expected PREFIX=REPLACEMENT, got ${text}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function describe(report: ImportReport, folder: string): Record<string, unknown> {
  const { imported, leftOut: left_out, problems, toBuild: to_build } = report;
  return { folder, imported, left_out, problems, to_build };
}

function summarize(report: ImportReport, folder: string): string {
  const leftOut = report.leftOut === 0 ? "" : `, ${report.leftOut} left out`;
  const toBuild = report.toBuild.length === 0 ? "" : `, ${report.toBuild.length} images to build`;
  return `${report.imported} instances in ${folder}${leftOut}${toBuild}\n`;
}
