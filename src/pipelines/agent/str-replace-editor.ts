import { posix } from "node:path";

import { expandTabs, renderNumbered } from "../../domain/agent/editor-text.ts";
import { parseViewRange } from "../../domain/agent/function-call.ts";
import { readTextFile, type TextFile, type ToolContext, writeText } from "./tool-context.ts";

type Parameters = Readonly<Record<string, string>>;

/** One file that a command works on. */
interface Target {
  readonly path: string;
  readonly file: TextFile;
  readonly parameters: Parameters;
  readonly context: ToolContext;
}

const SNIPPET_LINES = 4;
/** In a longer text nothing is looked for with its tabs expanded: it could grow to eight times its size. */
const MAX_EXPANDED_CHARS = 2 * 1024 * 1024;
const COMMANDS = ["view", "create", "str_replace", "insert", "undo_edit"];

/**
 * SWE-agent's `str_replace_editor` (tools/edit_anthropic) on the host: same checks in the same order, same texts. Its
 * file map and its linter, which need packages inside the sandbox, are left out; so is its rewriting of every tab of
 * an edited file, except where a text was only found with its tabs expanded.
 */
export async function strReplaceEditor(parameters: Parameters, context: ToolContext): Promise<string> {
  const command = parameters["command"] as string;
  const path = normalise(parameters["path"] as string);
  if (!path.startsWith("/")) {
    const suggested = posix.join(context.state.cwd, path);
    return `The path ${path} is not an absolute path, it should start with \`/\`. Maybe you meant ${suggested}?`;
  }
  const file = await readTextFile(path, context);
  const folder = file === null ? await context.sandbox.listFiles(path, context.call) : null;
  const isThere = file !== null || folder !== null;
  if (!isThere && command !== "create") return `The path ${path} does not exist. Please provide a valid path.`;
  if (isThere && command === "create") {
    return `File already exists at: ${path}. Cannot overwrite files using command \`create\`.`;
  }
  if (folder !== null) {
    if (command === "view") return viewFolder(path, folder, parameters);
    return `The path ${path} is a directory and only the \`view\` command can be used on directories`;
  }
  if (command === "create") return create(path, parameters, context);
  const target: Target = { path, file: file as TextFile, parameters, context };
  if (command === "view") return view(target);
  if (command === "str_replace") return replaceText(target);
  if (command === "insert") return insert(target);
  if (command === "undo_edit") return undo(target);
  const allowed = COMMANDS.map((name) => `"${name}"`).join(", ");
  return `Unrecognized command ${command}. The allowed commands for the str_replace_editor tool are: ${allowed}`;
}

/** As pathlib writes it: no empty or `.` component, no slash at the end. */
function normalise(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return (path.startsWith("/") ? "/" : "") + parts.join("/");
}

function viewFolder(path: string, entries: readonly string[], parameters: Parameters): string {
  if (parameters["view_range"] !== undefined) {
    return "The `view_range` parameter is not allowed when `path` points to a directory.";
  }
  const shown = entries
    .map((entry) => entry.replace(/\/$/, "").split("/"))
    .filter((parts) => parts.length <= 2 && !parts.some((part) => part.startsWith(".")))
    .map((parts) => posix.join(path, ...parts));
  return `Here's the files and directories up to 2 levels deep in ${path}, excluding hidden items:\n${[path, ...shown].join("\n")}\n`;
}

function view({ path, file, parameters }: Target): string {
  const given = parameters["view_range"];
  if (given === undefined) return renderNumbered(file.text, path);
  const range = parseViewRange(given);
  if (range === null) return "Invalid `view_range`. It should be a list of two integers.";
  const lines = file.text.split("\n");
  const [first, last] = range;
  const invalid = `Invalid \`view_range\`: [${first}, ${last}].`;
  if (first < 1 || first > lines.length) {
    return `${invalid} Its first element \`${first}\` should be within the range of lines of the file: [1, ${lines.length}]`;
  }
  if (last > lines.length) {
    return `${invalid} Its second element \`${last}\` should be smaller than the number of lines in the file: \`${lines.length}\``;
  }
  if (last !== -1 && last < first) {
    return `${invalid} Its second element \`${last}\` should be larger or equal than its first \`${first}\``;
  }
  return renderNumbered(lines.slice(first - 1, last === -1 ? undefined : last).join("\n"), path, first);
}

async function create(path: string, parameters: Parameters, context: ToolContext): Promise<string> {
  const text = parameters["file_text"];
  if (text === undefined) return "Parameter `file_text` is required for command: create";
  const parent = posix.dirname(path);
  if ((await context.sandbox.listFiles(parent, context.call)) === null) {
    return `The parent directory ${parent} does not exist. Please create it first.`;
  }
  const refusal = await writeText(path, { text, encoding: "utf8" }, context);
  if (refusal !== null) return refusal;
  remember(path, text, context);
  return `File created successfully at: ${path}`;
}

async function replaceText({ path, file, parameters, context }: Target): Promise<string> {
  const given = parameters["old_str"];
  if (given === undefined) return "Parameter `old_str` is required for command: str_replace";
  const isVerbatim = file.text.includes(given) || file.text.length > MAX_EXPANDED_CHARS;
  const [text, oldText, newText] = [file.text, given, parameters["new_str"] ?? ""].map((one) =>
    isVerbatim ? one : expandTabs(one),
  ) as [string, string, string];
  const parts = oldText === "" ? [] : text.split(oldText);
  if (parts.length === 1) {
    return `No replacement was performed, old_str \`${oldText}\` did not appear verbatim in ${path}.`;
  }
  if (parts.length !== 2) {
    const lines = text.split("\n").flatMap((line, index) => (line.includes(oldText) ? [index + 1] : []));
    return `No replacement was performed. Multiple occurrences of old_str \`${oldText}\` in lines [${lines.join(", ")}]. Please ensure it is unique`;
  }
  if (newText === oldText) {
    return `No replacement was performed, old_str \`${oldText}\` is the same as new_str \`${newText}\`.`;
  }
  const edited = parts.join(newText);
  const refusal = await writeText(path, { ...file, text: edited }, context);
  if (refusal !== null) return refusal;
  remember(path, text, context);
  const line = (parts[0] as string).split("\n").length - 1;
  const first = Math.max(1, line - SNIPPET_LINES);
  const lines = edited.split("\n");
  const total = edited.endsWith("\n") ? lines.length - 1 : lines.length;
  const last = Math.min(line + SNIPPET_LINES + newText.split("\n").length - 1, total);
  const snippet = renderNumbered(lines.slice(first - 1, last).join("\n"), `a snippet of ${path}`, first);
  return `The file ${path} has been edited. ${snippet}Review the changes and make sure they are as expected. Edit the file again if necessary.`;
}

async function insert({ path, file, parameters, context }: Target): Promise<string> {
  const { insert_line: where, new_str: inserted } = parameters;
  if (where === undefined) return "Parameter `insert_line` is required for command: insert";
  if (!/^\s*[+-]?\d+\s*$/.test(where)) {
    return `str_replace_editor: error: argument --insert_line: invalid int value: '${where}'`;
  }
  if (inserted === undefined) return "Parameter `new_str` is required for command: insert";
  const line = Number(where);
  const lines = file.text.split("\n");
  if (line < 0 || line > lines.length) {
    return `Invalid \`insert_line\` parameter: ${line}. It should be within the range of lines of the file: [0, ${lines.length}]`;
  }
  const text = [...lines.slice(0, line), ...inserted.split("\n"), ...lines.slice(line)].join("\n");
  const refusal = await writeText(path, { ...file, text }, context);
  if (refusal !== null) return refusal;
  remember(path, file.text, context);
  const snippet = [
    ...lines.slice(Math.max(0, line - SNIPPET_LINES), line),
    ...inserted.split("\n"),
    ...lines.slice(line, line + SNIPPET_LINES),
  ].join("\n");
  const shown = renderNumbered(snippet, "a snippet of the edited file", Math.max(1, line - SNIPPET_LINES + 1));
  return `The file ${path} has been edited. ${shown}Review the changes and make sure they are as expected (correct indentation, no duplicate lines, etc). Edit the file again if necessary.`;
}

async function undo({ path, file, context }: Target): Promise<string> {
  const text = context.state.edits.get(path)?.pop();
  if (text === undefined) return `No edit history found for ${path}.`;
  const refusal = await writeText(path, { ...file, text }, context);
  return refusal ?? `Last edit to ${path} undone successfully. ${renderNumbered(text, path)}`;
}

function remember(path: string, text: string, { state }: ToolContext): void {
  state.edits.set(path, [...(state.edits.get(path) ?? []), text]);
}
