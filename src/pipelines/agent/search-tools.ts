import { posix } from "node:path";

import { splitWords } from "../../domain/agent/split-words.ts";
import { readText, resolvePath, type Tool, type ToolContext } from "./tool-context.ts";

const MAX_MATCHES = 100;

/** `search_file SEARCH_TERM [FILE]`: lines of one file that hold a text. */
export const searchFile: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const [term, file] = words;
  if (term === undefined || words.length > 2) return "Usage: search_file <search_term> [<file>]";
  const path = file === undefined ? context.state.open?.path : resolvePath(file, context);
  if (path === undefined) return "No file open. Use the open command first.";
  const text = await readText(path, context);
  if (text === null) return `Error: File name ${file ?? path} not found. Please provide a valid file name.`;
  const matches = text.split("\n").flatMap((line, index) => (line.includes(term) ? [`Line ${index + 1}:${line}`] : []));
  if (matches.length === 0) return `No matches found for "${term}" in ${path}`;
  if (matches.length > MAX_MATCHES) {
    return `More than ${MAX_MATCHES} lines matched for "${term}" in ${path}. Please narrow your search.`;
  }
  return `Found ${matches.length} matches for "${term}" in ${path}:\n${matches.join("\n")}\nEnd of matches for "${term}" in ${path}`;
};

/** `search_dir SEARCH_TERM [DIR]`: files below a folder that hold a text, with counts. Dot folders are skipped. */
export const searchDir: Tool = async (command, context) => {
  const words = splitWords(command)?.slice(1) ?? [];
  const [term, folder] = words;
  if (term === undefined || words.length > 2) return "Usage: search_dir <search_term> [<dir>]";
  const path = resolvePath(folder ?? ".", context);
  const files = await filesBelow(path, context);
  if (files === null) return `Directory ${folder ?? path} not found`;
  const contents = await context.sandbox.readFiles(files, context.call);
  const counts = contents.map((content) =>
    content ? Buffer.from(content).toString("utf8").split(term).length - 1 : 0,
  );
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
  const pattern = new RegExp(
    `^${name
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "u",
  );
  const found = files.filter((file) => pattern.test(posix.basename(file)));
  if (found.length === 0) return `No matches found for "${name}" in ${path}`;
  return `Found ${found.length} matches for "${name}" in ${path}:\n${found.join("\n")}`;
};

/** Absolute paths of the regular files below a folder, without dot files; null when it is no folder. */
async function filesBelow(path: string, context: ToolContext): Promise<string[] | null> {
  const entries = await context.sandbox.listFiles(path, context.call);
  if (entries === null) return null;
  return entries
    .filter((entry) => !entry.endsWith("/") && !entry.split("/").some((part) => part.startsWith(".")))
    .map((entry) => posix.resolve(path, entry));
}
