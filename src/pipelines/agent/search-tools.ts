import { posix } from "node:path";

import { matchesGlob } from "../../domain/agent/match-glob.ts";
import { splitWords } from "../../domain/agent/split-words.ts";
import { readText, resolvePath, type Tool, type ToolContext } from "./tool-context.ts";

const MAX_MATCHES = 100;
const SEARCH_FILE_USAGE = "Usage: search_file <search_term> [<file>]";

/** `search_file SEARCH_TERM [FILE]`: lines of one file that hold a text. */
export const searchFile: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const [term, file] = words;
  if (term === undefined) return SEARCH_FILE_USAGE;
  const path = file === undefined ? context.state.open?.path : resolvePath(file, context);
  if (path === undefined) return "No file open. Use the open command first.";
  const text = await readText(path, context);
  if (text === null) {
    return `${SEARCH_FILE_USAGE}\nError: File name ${file ?? path} not found. Please provide a valid file name.`;
  }
  const matches = text.split("\n").flatMap((line, index) => (line.includes(term) ? [`Line ${index + 1}:${line}`] : []));
  if (matches.length === 0) return `No matches found for "${term}" in ${path}`;
  if (matches.length > MAX_MATCHES) {
    return `More than ${matches.length} lines matched for "${term}" in ${path}. Please narrow your search.`;
  }
  return `Found ${matches.length} matches for "${term}" in ${path}:\n${matches.join("\n")}\nEnd of matches for "${term}" in ${path}`;
};

/** `search_dir SEARCH_TERM [DIR]`: files below a folder that hold a text, with counts. Dot folders are skipped. */
export const searchDir: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const [term, folder] = words;
  if (term === undefined || words.length > 2) return "Usage: search_dir <search_term> [<dir>]";
  const path = resolvePath(folder ?? ".", context);
  const below = await filesBelow(path, context);
  if (below === null) return `Directory ${folder ?? path} not found`;
  const files = below.filter((file) => !posix.basename(file).startsWith("."));
  const contents = await context.sandbox.readFiles(files, context.call);
  const counts = contents.map((content) => (content === null ? 0 : countLines(Buffer.from(content), term)));
  const matched = files.flatMap((file, index) => {
    const count = counts[index] ?? 0;
    return count > 0 ? [{ file, count }] : [];
  });
  if (matched.length === 0) return `No matches found for "${term}" in ${path}`;
  if (matched.length > MAX_MATCHES) {
    return `More than ${matched.length} files matched for "${term}" in ${path}. Please narrow your search.`;
  }
  const total = matched.reduce((sum, match) => sum + match.count, 0);
  const rows = matched.map((match) => `${match.file} (${match.count} matches)`);
  return `Found ${total} matches for "${term}" in ${path}:\n${rows.join("\n")}\nEnd of matches for "${term}" in ${path}`;
};

/** `find_file FILE_NAME [DIR]`: paths whose name matches, `*` and `?` allowed. */
export const findFile: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const [name, folder] = words;
  if (name === undefined || words.length > 2) return "Usage: find_file <file_name> [<dir>]";
  const path = resolvePath(folder ?? ".", context);
  const files = await filesBelow(path, context);
  if (files === null) return `Directory ${folder ?? path} not found`;
  const found = files.filter((file) => matchesGlob(posix.basename(file), name));
  if (found.length === 0) return `No matches found for "${name}" in ${path}`;
  return `Found ${found.length} matches for "${name}" in ${path}:\n${found.join("\n")}`;
};

/** Lines that hold the text; none in a binary file. */
function countLines(content: Buffer, term: string): number {
  if (content.includes(0)) return 0;
  return content
    .toString("utf8")
    .split("\n")
    .filter((line) => line.includes(term)).length;
}

/** Absolute paths of the regular files below a folder, dot folders left out; null when it is no folder. */
async function filesBelow(path: string, context: ToolContext): Promise<string[] | null> {
  const entries = await context.sandbox.listFiles(path, context.call);
  if (entries === null) return null;
  return entries
    .filter((entry) => !entry.endsWith("/") && !posix.dirname(entry).split("/").some(isHidden))
    .map((entry) => posix.resolve(path, entry));
}

function isHidden(part: string): boolean {
  return part.startsWith(".") && part !== ".";
}
