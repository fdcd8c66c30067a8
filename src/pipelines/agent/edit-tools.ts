import { applyEdit, parseEditRequest } from "../../domain/agent/edit-request.ts";
import { firstLineAround, linesOf } from "../../domain/agent/file-window.ts";
import { splitWords } from "../../domain/agent/split-words.ts";
import {
  describeMissing,
  readText,
  resolvePath,
  showWindow,
  type Tool,
  type ToolContext,
  writeText,
} from "./tool-context.ts";
import { openText } from "./view-tools.ts";

const UPDATED =
  "File updated. Please review the changes and make sure they are correct (correct indentation, no duplicate lines, etc). Edit the file again if necessary.";

/** `create FILENAME`: makes and opens an empty file. */
export const create: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const [shown] = words;
  if (shown === undefined || words.length !== 1) return "Usage: create <filename>";
  const path = resolvePath(shown, context);
  if ((await readText(path, context)) !== null) return `Error: File '${shown}' already exists.`;
  if ((await context.sandbox.listFiles(path, context.call)) !== null) return `Error: '${shown}' is a directory.`;
  return (await writeText(path, "\n", context)) ?? showWindow(path, 1, "\n", context);
};

/** `edit [--file PATH] START:END [REPLACEMENT]`. */
export const edit: Tool = async (command, context) => {
  const request = parseEditRequest(command);
  if (typeof request === "string") return request;
  const path = request.path === null ? context.state.open?.path : resolvePath(request.path, context);
  if (path === undefined) return "No file open. Use the open command first.";
  const text = await readText(path, context);
  if (text === null) return describeMissing(path, request.path ?? path, context);
  const lines = linesOf(text);
  if (request.start < 1 || request.start > lines.length || request.end < request.start || request.end > lines.length) {
    return `Error: the range ${request.start}:${request.end} must lie in 1:${lines.length} with start not after end. The file was not changed.`;
  }
  return saveAndShow(path, applyEdit(text, lines, request), request.start, context);
};

/** `replace SEARCH REPLACE [--replace-all]` in the open file. */
export const replace: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const all = words.includes("--replace-all");
  const [search, replacement, ...rest] = words.filter((word) => word !== "--replace-all");
  if (search === undefined || search === "" || replacement === undefined || rest.length > 0) {
    return "Usage: replace SEARCH REPLACE [--replace-all] (quote texts that hold spaces)";
  }
  const opened = await openText(context);
  if (typeof opened === "string") return opened;
  const parts = opened.text.split(search);
  if (parts.length === 1) return `Error: the search text was not found in ${opened.path}. The file was not changed.`;
  if (parts.length > 2 && !all) {
    return `Error: the search text occurs ${parts.length - 1} times in ${opened.path}. Give a longer text or --replace-all. The file was not changed.`;
  }
  const line = (parts[0] as string).split("\n").length;
  return saveAndShow(opened.path, parts.join(replacement), line, context);
};

async function saveAndShow(path: string, text: string, line: number, context: ToolContext): Promise<string> {
  const refusal = await writeText(path, text, context);
  if (refusal !== null) return refusal;
  const total = linesOf(text).length;
  const first = firstLineAround(Math.min(line, total), total, context.settings.windowLines);
  return `${UPDATED}\n${showWindow(path, first, text, context)}`;
}
