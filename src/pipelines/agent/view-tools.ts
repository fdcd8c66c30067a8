import { firstLineAround, linesOf } from "../../domain/agent/file-window.ts";
import { splitWords } from "../../domain/agent/split-words.ts";
import { describeMissing, readText, resolvePath, showWindow, type Tool, type ToolContext } from "./tool-context.ts";

const NO_OPEN_FILE = "No file open. Use the open command first.";
const OVERLAP_LINES = 2;

/** `open [FILE] [LINE_NUMBER]`: prints the window around a line; without a file, the open one again. */
export const open: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1);
  if (words === undefined || words.length > 2) return 'Usage: open "<file>" [<line_number>]';
  const shown = words[0] ?? context.state.open?.path;
  if (shown === undefined) return NO_OPEN_FILE;
  const path = resolvePath(shown, context);
  const text = await readText(path, context);
  if (text === null) return describeMissing(path, shown, context);
  if (words[1] === undefined) return showWindow(path, 1, text, context);
  const total = linesOf(text).length;
  const line = Number(words[1]);
  if (!Number.isInteger(line)) return `Usage: open "<file>" [<line_number>]\nError: <line_number> must be a number`;
  const first = firstLineAround(Math.min(Math.max(line, 1), total), total, context.settings.windowLines);
  const window = showWindow(path, first, text, context);
  if (line > total) {
    return `Warning: <line_number> (${line}) is greater than the number of lines in the file (${total})\nWarning: Setting <line_number> to ${total}\n${window}`;
  }
  if (line < 1)
    return `Warning: <line_number> (${line}) is less than 1\nWarning: Setting <line_number> to 1\n${window}`;
  return window;
};

/** `goto LINE_NUMBER`: moves the window to a line of the open file. */
export const goto: Tool = async (command, context) => {
  const opened = await openText(context);
  if (typeof opened === "string") return opened;
  const words = splitWords(command)?.slice(1) ?? [];
  const line = Number(words[0]);
  if (words.length !== 1 || !Number.isInteger(line)) return "Usage: goto <line>\nError: <line> must be a number";
  const total = linesOf(opened.text).length;
  if (line > total) return `Error: <line> must be less than or equal to ${total}`;
  if (line < 1) return "Error: <line> must be greater than or equal to 1";
  const first = firstLineAround(line, total, context.settings.windowLines);
  return showWindow(opened.path, first, opened.text, context);
};

export const scrollDown: Tool = async (_command, context) => scroll(1, context);
export const scrollUp: Tool = async (_command, context) => scroll(-1, context);

async function scroll(direction: 1 | -1, context: ToolContext): Promise<string> {
  const opened = await openText(context);
  if (typeof opened === "string") return opened;
  const distance = Math.max(1, context.settings.windowLines - OVERLAP_LINES);
  return showWindow(opened.path, opened.firstLine + direction * distance, opened.text, context);
}

/** The open file with its present text, or the message for the agent. */
export async function openText(
  context: ToolContext,
): Promise<{ path: string; firstLine: number; text: string } | string> {
  if (context.state.open === null) return NO_OPEN_FILE;
  const { path, firstLine } = context.state.open;
  const text = await readText(path, context);
  return text === null ? `Error: File ${path} not found` : { path, firstLine, text };
}
