import { findLogParser } from "../log-parsers/parse-log.ts";
import { parsePatch, PatchSyntaxError } from "../patch/parse-patch.ts";
import { type TaskInstance, taskInstanceSchema } from "../task-instance.ts";
import { renderEvalScript } from "./render-eval-script.ts";
import { type DatasetRow, rowSchema } from "./row-fields.ts";

/** Datasets whose rows can be read. */
export const ROW_FORMATS = ["swebench", "swe-rebench", "swe-rebench-v2", "swe-gym"] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export interface RowProblem {
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

export interface ImportOptions {
  readonly format: RowFormat;
  readonly split: string;
  /** Start of an image reference -> what stands there instead: mirrors. The longest match counts. */
  readonly imageMirrors?: Readonly<Record<string, string>>;
}

/** Turns one dataset row into a task instance, or says everything that stands in the way. */
export function importRow(
  row: unknown,
  options: ImportOptions,
): { readonly instance: TaskInstance | null; readonly problems: readonly RowProblem[] } {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      field: issue.path.join("."),
      value: issue.path.reduce<unknown>((held, key) => (held as Record<PropertyKey, unknown> | null)?.[key], row),
      expected: issue.message.replace(/^Invalid input: /, "").replace(/^expected /, ""),
    }));
    return { instance: null, problems };
  }
  const problems = [...checkPatches(parsed.data)];
  const grading = planGrading(parsed.data, options.format, problems);
  if (grading === null || problems.length > 0) return { instance: null, problems };
  const data = parsed.data;
  const instance = taskInstanceSchema.parse({
    instance_id: data.instance_id,
    repo: data.repo,
    version: data.version ?? "",
    base_commit: data.base_commit,
    split: options.split,
    image: applyMirrors(findImage(data, options.format), options.imageMirrors ?? {}),
    source: null,
    workdir: options.format === "swe-rebench-v2" ? `/${data.repo.split("/").at(-1)}` : "/testbed",
    problem_statement: data.problem_statement,
    ...(data.hints_text === undefined ? {} : { hints: data.hints_text }),
    gold_patch: data.patch,
    test_patch: data.test_patch,
    FAIL_TO_PASS: data.FAIL_TO_PASS,
    PASS_TO_PASS: data.PASS_TO_PASS,
    test_runner: "eval_script",
    eval_type: data.eval_type ?? "pass_and_fail",
    test_timeout_s: 1800,
    ...grading,
  });
  return { instance, problems };
}

function checkPatches(row: DatasetRow): RowProblem[] {
  return (["patch", "test_patch"] as const).flatMap((field) => {
    try {
      if (row[field] === "" || parsePatch(row[field]).length > 0) return [];
      return [{ field, value: row[field], expected: "a unified diff" }];
    } catch (error) {
      if (!(error instanceof PatchSyntaxError)) throw error;
      return [{ field, value: error.message, expected: "a unified diff" }];
    }
  });
}

function planGrading(
  row: DatasetRow,
  format: RowFormat,
  problems: RowProblem[],
): Pick<TaskInstance, "log_parser" | "eval_script"> | null {
  const workdir = format === "swe-rebench-v2" ? `/${row.repo.split("/").at(-1)}` : "/testbed";
  const plan = { workdir, testPatch: row.test_patch };
  switch (format) {
    case "swebench": {
      if (row.eval_script === undefined || row.log_parser === undefined) {
        const expected = "eval_script and log_parser: take the dataset of this name from version 5 on";
        problems.push({ field: "eval_script", value: row.eval_script, expected });
        return null;
      }
      return checkParser(row.log_parser, "log_parser", "v5", { eval_script: row.eval_script }, problems);
    }
    case "swe-gym": {
      const eval_script = renderEvalScript({ ...plan, commands: ["pytest -rA -p no:cacheprovider {files}"] });
      return { log_parser: "parse_log_pytest_v2@v4", eval_script };
    }
    case "swe-rebench":
    case "swe-rebench-v2": {
      const config = row.install_config;
      if (config === undefined) {
        problems.push({ field: "install_config", value: config, expected: "test_cmd and log_parser" });
        return null;
      }
      const commands = [config.test_cmd].flat();
      const last = `LANG=C.UTF-8 LC_ALL=C.UTF-8 ${commands.at(-1)}${format === "swe-rebench" ? " {files}" : ""}`;
      const eval_script = renderEvalScript({ ...plan, commands: [...commands.slice(0, -1), last] });
      return checkParser(config.log_parser, "install_config.log_parser", "v4", { eval_script }, problems);
    }
  }
}

function checkParser(
  name: string,
  field: string,
  version: "v4" | "v5",
  rest: Pick<TaskInstance, "eval_script">,
  problems: RowProblem[],
): Pick<TaskInstance, "log_parser" | "eval_script"> | null {
  if (findLogParser(name) === null) {
    problems.push({ field, value: name, expected: "one of SWE-bench's Python parsers" });
    return null;
  }
  return { ...rest, log_parser: version === "v5" ? name : `${name}@v4` };
}

/** `image`, `image_name`, `docker_image`, then the name that the dataset's images follow. */
function findImage(row: DatasetRow, format: RowFormat): string {
  const named = row.image ?? row.image_name ?? row.docker_image;
  if (named !== undefined) return named;
  const id = row.instance_id.toLowerCase();
  if (format === "swe-gym") return `xingyaoww/sweb.eval.x86_64.${id.replaceAll("__", "_s_")}:latest`;
  const owner = format === "swebench" ? "swebench" : "swerebench";
  return `${owner}/sweb.eval.x86_64.${id.replaceAll("__", "_1776_")}:latest`;
}

function applyMirrors(image: string, mirrors: Readonly<Record<string, string>>): string {
  const found = Object.keys(mirrors)
    .filter((prefix) => image.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  return found === undefined ? image : `${mirrors[found]}${image.slice(found.length)}`;
}
