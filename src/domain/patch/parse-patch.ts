/**
 * Reads unified diffs as git writes them. The grader never hands a foreign patch on as text: it parses the patch,
 * decides by path, and renders what is left again, so that git sees exactly the files the policy saw.
 */

export interface PatchHunk {
  readonly oldStart: number;
  readonly newStart: number;
  /** Lines with their first character (space, `-`, `+`); a following `\` line is kept as its own entry. */
  readonly lines: readonly string[];
}

/** One file section. A null path stands for /dev/null. */
export interface FilePatch {
  readonly oldPath: string | null;
  readonly newPath: string | null;
  /** Octal mode as git prints it, when the section names one. */
  readonly oldMode: string | null;
  readonly newMode: string | null;
  /** True for a binary section, which has no hunks here. */
  readonly binary: boolean;
  readonly hunks: readonly PatchHunk[];
}

/** The patch text breaks the format; the message names the line (1-based). */
export class PatchSyntaxError extends Error {}

/**
 * Parses the file sections of a unified diff (with or without `diff --git` lines). Text before a section is skipped,
 * as git does. Throws PatchSyntaxError for a hunk whose counts do not match its lines and for unreadable names.
 */
export function parsePatch(text: string): FilePatch[] {
  const cursor: Cursor = { lines: splitLines(text), at: 0 };
  const files: FilePatch[] = [];
  while (cursor.at < cursor.lines.length) {
    const line = cursor.lines[cursor.at] as string;
    if (line.startsWith("diff --git ")) files.push(parseGitSection(cursor));
    else if (line.startsWith("--- ") && cursor.lines[cursor.at + 1]?.startsWith("+++ ")) {
      files.push({ ...parseNames(cursor), oldMode: null, newMode: null, binary: false, hunks: parseHunks(cursor) });
    } else if (line.startsWith("@@ -")) throw syntaxError(cursor, "a hunk without a file header");
    else cursor.at += 1;
  }
  return files;
}

/** The paths a section reads or writes, without /dev/null and without doubles. */
export function listPaths(file: FilePatch): string[] {
  return [...new Set([file.oldPath, file.newPath])].filter((path) => path !== null);
}

interface Cursor {
  readonly lines: readonly string[];
  at: number;
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function syntaxError(cursor: Cursor, problem: string): PatchSyntaxError {
  return new PatchSyntaxError(`patch line ${cursor.at + 1}: ${problem}`);
}

function parseGitSection(cursor: Cursor): FilePatch {
  const header = parseGitHeader(cursor, (cursor.lines[cursor.at] as string).slice("diff --git ".length));
  cursor.at += 1;
  let { oldPath, newPath }: { oldPath: string | null; newPath: string | null } = header;
  let oldMode: string | null = null;
  let newMode: string | null = null;
  let binary = false;
  for (; cursor.at < cursor.lines.length; cursor.at += 1) {
    const line = cursor.lines[cursor.at] as string;
    const [, key, value = ""] =
      /^(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to) (.*)$/.exec(line) ??
      [];
    if (key === "new file mode") [oldPath, newMode] = [null, value];
    else if (key === "deleted file mode") [newPath, oldMode] = [null, value];
    else if (key === "old mode") oldMode = value;
    else if (key === "new mode") newMode = value;
    else if (key === "rename from" || key === "copy from") oldPath = unquote(cursor, value);
    else if (key === "rename to" || key === "copy to") newPath = unquote(cursor, value);
    else if (line.startsWith("Binary files ") || line === "GIT binary patch") binary = true;
    else if (!/^(?:dis)?similarity index |^index /.test(line)) break;
  }
  const next = cursor.lines[cursor.at];
  if (!binary && next?.startsWith("--- ")) ({ oldPath, newPath } = parseNames(cursor));
  const hunks = binary ? [] : parseHunks(cursor);
  return { oldPath, newPath, oldMode, newMode, binary, hunks };
}

/** `a/X b/X`: unquoted names hold spaces, so the split is where both halves agree. */
function parseGitHeader(cursor: Cursor, text: string): { oldPath: string; newPath: string } {
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(text);
  if (quoted !== null) {
    return {
      oldPath: stripPrefix(unquote(cursor, quoted[1] as string)),
      newPath: stripPrefix(unquote(cursor, quoted[2] as string)),
    };
  }
  const half = (text.length - 1) / 2;
  const oldPath = stripPrefix(text.slice(0, half));
  const newPath = stripPrefix(text.slice(half + 1));
  if (text[half] !== " " || oldPath !== newPath)
    throw syntaxError(cursor, "names of `diff --git` cannot be told apart");
  return { oldPath, newPath };
}

function parseNames(cursor: Cursor): { oldPath: string | null; newPath: string | null } {
  const [oldLine, newLine] = [cursor.lines[cursor.at], cursor.lines[cursor.at + 1]];
  if (!oldLine?.startsWith("--- ") || !newLine?.startsWith("+++ "))
    throw syntaxError(cursor, "expected `---` and `+++`");
  const oldPath = parseName(cursor, oldLine.slice(4));
  const newPath = parseName(cursor, newLine.slice(4));
  if (oldPath === null && newPath === null) throw syntaxError(cursor, "both sides are /dev/null");
  cursor.at += 2;
  return { oldPath, newPath };
}

function parseName(cursor: Cursor, text: string): string | null {
  const name = unquote(cursor, text.startsWith('"') ? text : (text.split("\t")[0] as string));
  return name === "/dev/null" ? null : stripPrefix(name);
}

/** git apply -p1: the first path component goes. */
function stripPrefix(name: string): string {
  const slash = name.indexOf("/");
  return slash <= 0 ? name : name.slice(slash + 1);
}

function parseHunks(cursor: Cursor): PatchHunk[] {
  const hunks: PatchHunk[] = [];
  while (cursor.lines[cursor.at]?.startsWith("@@ -")) hunks.push(parseHunk(cursor));
  return hunks;
}

function parseHunk(cursor: Cursor): PatchHunk {
  const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(cursor.lines[cursor.at] as string);
  if (head === null) throw syntaxError(cursor, "unreadable hunk header");
  cursor.at += 1;
  let oldLeft = Number(head[2] ?? 1);
  let newLeft = Number(head[4] ?? 1);
  const lines: string[] = [];
  while (oldLeft > 0 || newLeft > 0 || cursor.lines[cursor.at]?.startsWith("\\")) {
    const line = cursor.lines[cursor.at];
    if (line === undefined) throw syntaxError(cursor, `the hunk ends ${Math.max(oldLeft, newLeft)} lines early`);
    const mark = line === "" ? " " : (line[0] as string);
    if (mark === " " || mark === "-") oldLeft -= 1;
    if (mark === " " || mark === "+") newLeft -= 1;
    if (!" -+\\".includes(mark) || oldLeft < 0 || newLeft < 0)
      throw syntaxError(cursor, "the hunk's counts do not match");
    lines.push(line === "" ? " " : line);
    cursor.at += 1;
  }
  return { oldStart: Number(head[1]), newStart: Number(head[3]), lines };
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };

/** Undoes git's C-style quoting of unusual names (octal bytes of UTF-8). */
function unquote(cursor: Cursor, text: string): string {
  if (!text.startsWith('"')) return text;
  if (!text.endsWith('"') || text.length < 2) throw syntaxError(cursor, "unterminated quoted name");
  const bytes: number[] = [];
  const pieces = text.slice(1, -1).match(/\\[0-7]{3}|\\.|[^\\]/gsu) ?? [];
  for (const piece of pieces) {
    if (piece.length === 4 && piece.startsWith("\\")) bytes.push(Number.parseInt(piece.slice(1), 8) & 255);
    else if (piece.startsWith("\\")) bytes.push(ESCAPES[piece[1] as string] ?? (piece.codePointAt(1) as number));
    else bytes.push(...new TextEncoder().encode(piece));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
