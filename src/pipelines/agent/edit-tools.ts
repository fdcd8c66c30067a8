import { applyEdit, parseEditRequest } from "../../domain/agent/edit-request.ts";
import { clampFirstLine, firstLineAround, linesOf } from "../../domain/agent/file-window.ts";
import { pythonRepr } from "../../domain/agent/python-repr.ts";
import { splitWords } from "../../domain/agent/split-words.ts";
import {
  describeMissing,
  readText,
  readTextFile,
  resolvePath,
  showWindow,
  type TextFile,
  type Tool,
  type ToolContext,
  writeText,
} from "./tool-context.ts";
import { openText } from "./view-tools.ts";

/** SWE-agent 0.7 has it on one line and 1.x on two; the paper describes one sentence, then the window. */
const UPDATED =
  "File updated. Please review the changes and make sure they are correct (correct indentation, no duplicate lines, etc). Edit the file again if necessary.";
const REVIEW =
  "Please review the changes and make sure they are correct:\n\n1. The edited file is correctly indented\n2. The edited file does not contain duplicate lines\n3. The edit does not break existing functionality\n\nEdit the file again if necessary.";
const NOT_APPLIED = "Your edit was not applied (file not modified):";
/** A larger file could not be opened again (Sandbox.readFiles). */
const MAX_EDITED_CHARS = 16 * 1024 * 1024;

/** `create FILENAME`: makes and opens an empty file. */
export const create: Tool = async (command, context) => {
  const [shown] = splitWords(command)?.slice(1) ?? [];
  if (shown === undefined) return "Usage: create <filename>";
  const path = resolvePath(shown, context);
  const isThere =
    (await readText(path, context)) !== null || (await context.sandbox.listFiles(path, context.call)) !== null;
  if (isThere) return `Warning: File '${shown}' already exists.`;
  return (await writeText(path, { text: "\n", encoding: "utf8" }, context)) ?? showWindow(path, 1, "\n", context);
};

/** `edit [--file PATH] START:END [REPLACEMENT]`. */
export const edit: Tool = async (command, context) => {
  const request = parseEditRequest(command);
  if (typeof request === "string") return request;
  const path = request.path === null ? context.state.open?.path : resolvePath(request.path, context);
  if (path === undefined) return "No file opened. Use the `open` command first.";
  const file = await readTextFile(path, context);
  if (file === null) return describeMissing(path, request.path ?? path, context);
  const lines = linesOf(file.text);
  if (request.start < 1 || request.start > lines.length || request.end < request.start || request.end > lines.length) {
    return `Error: the range ${request.start}:${request.end} must lie in 1:${lines.length} with start not after end. The file was not changed.`;
  }
  const edited = { ...file, text: applyEdit(file.text, lines, request) };
  return saveAndShow(path, edited, request.start, UPDATED, context);
};

/**
 * `replace SEARCH REPLACE [--replace-all]` in the open file: SWE-agent's search-and-replace edit. Without the flag
 * the text must occur exactly once in the lines that the window shows.
 */
export const replace: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const isAll = words.includes("--replace-all");
  const [search, replacement, ...rest] = words.filter((word) => word !== "--replace-all");
  if (search === undefined || search === "" || replacement === undefined || rest.length > 0) {
    return "Usage: replace <search> <replace> [--replace-all]";
  }
  if (context.state.open === null) return "No file opened. Either `open` or `create` a file first.";
  const opened = await openText(context);
  if (typeof opened === "string") return opened;
  if (search === replacement) {
    return "Your search and replace strings are the same. No changes were made. Please modify your search or replace strings.";
  }
  const scope = isAll ? { start: 0, end: opened.text.length } : findWindow(opened, context);
  const parts = opened.text.slice(scope.start, scope.end).split(search);
  if (parts.length === 1) return describeNotFound(search, opened.text);
  if (parts.length > 2 && !isAll) {
    return `${NOT_APPLIED} Found more than one occurrence of ${pythonRepr(search)} in the currently displayed lines.\nPlease make your search string more specific (for example, by including more lines of context).`;
  }
  const growth = (parts.length - 1) * (replacement.length - search.length);
  if (opened.text.length + growth > MAX_EDITED_CHARS) return `${NOT_APPLIED} The file would become too large.`;
  const before = opened.text.slice(0, scope.start);
  const text = before + parts.join(replacement) + opened.text.slice(scope.end);
  const line = (before + (parts[0] as string)).split("\n").length;
  const done = isAll ? `Replaced ${parts.length - 1} occurrences.` : "Text replaced.";
  return saveAndShow(opened.path, { ...opened, text }, line, `${done} ${REVIEW}`, context);
};

/** The range of characters that the window shows. */
function findWindow(
  { text, firstLine }: { text: string; firstLine: number },
  { settings }: ToolContext,
): { start: number; end: number } {
  const lines = text.split("\n");
  const first = clampFirstLine(firstLine, linesOf(text).length, settings.windowLines);
  const start = lines.slice(0, first - 1).join("\n").length + (first > 1 ? 1 : 0);
  return { start, end: start + lines.slice(first - 1, first - 1 + settings.windowLines).join("\n").length };
}

function describeNotFound(search: string, text: string): string {
  const start = `${NOT_APPLIED} Text ${pythonRepr(search)} not found in displayed lines`;
  const parts = text.split(search);
  if (parts.length === 1) {
    return `${start} (or anywhere in the file).\nPlease modify your search string. Did you forget to properly handle whitespace/indentation?\nYou can also call \`open\` again to re-display the file with the correct context.`;
  }
  const skipped = countNewlines(search);
  let line = 1 - skipped;
  const occurrences = parts.slice(0, -1).map((part) => {
    line += countNewlines(part) + skipped;
    return `- line ${line}`;
  });
  return `${start}.\n\nHowever, we found the following occurrences of your search string in the file:\n\n${occurrences.join("\n")}\n\nYou can use the \`goto\` command to navigate to these locations before running the edit command again.`;
}

function countNewlines(text: string): number {
  return text.split("\n").length - 1;
}

async function saveAndShow(
  path: string,
  file: TextFile,
  line: number,
  done: string,
  context: ToolContext,
): Promise<string> {
  const refusal = await writeText(path, file, context);
  if (refusal !== null) return refusal;
  const total = linesOf(file.text).length;
  const first = firstLineAround(Math.min(line, total), total, context.settings.windowLines);
  return `${done}\n${showWindow(path, first, file.text, context)}`;
}
