/**
 * `edit [--file PATH] START:END [REPLACEMENT]`, the paper's edit command: an inclusive range of lines is
 * replaced; what follows the range after one space, or the heredoc body, is taken literally.
 */
export interface EditRequest {
  /** null = the open file. */
  readonly path: string | null;
  readonly start: number;
  readonly end: number;
  /** Lines that take the place of the range; empty = the range is deleted. */
  readonly replacement: readonly string[];
}

const EDIT = /^edit(?: +--file +("[^"]+"|'[^']+'|\S+))? +(\d+):(\d+)(?: ([\s\S]*))?$/;
const HEREDOC = /^\s*<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1\s*\n([\s\S]*)$/;

/** The request, or the usage error as text for the agent. */
export function parseEditRequest(command: string): EditRequest | string {
  const match = EDIT.exec(command.trimEnd().replace(/^edit[^\n]*/, closeUp));
  if (match === null) {
    return "Usage: edit [--file PATH] START:END [REPLACEMENT], or a heredoc after START:END for several lines";
  }
  const [, rawPath, rawStart, rawEnd, rest] = match;
  const path = rawPath === undefined ? null : rawPath.replace(/^(["'])(.*)\1$/, "$2");
  const heredoc = HEREDOC.exec(rest ?? "");
  if (heredoc === null) {
    const replacement = rest === undefined || rest === "" ? [] : rest.split("\n");
    return { path, start: Number(rawStart), end: Number(rawEnd), replacement };
  }
  const body = (heredoc[3] as string).split("\n");
  const terminator = body.findIndex((line) => line.trim() === heredoc[2]);
  if (terminator === -1) return `Error: the heredoc is not closed by a line ${heredoc[2]}`;
  return {
    path,
    start: Number(rawStart),
    end: Number(rawEnd),
    replacement: body.slice(0, terminator),
  };
}

/** The text after the edit, or the error as text for the agent. */
export function applyEdit(text: string, lines: readonly string[], request: EditRequest): string {
  const edited = [...lines.slice(0, request.start - 1), ...request.replacement, ...lines.slice(request.end)];
  const endsWithNewline = text === "" || text.endsWith("\n");
  return edited.join("\n") + (endsWithNewline && edited.length > 0 ? "\n" : "");
}

/** One space before a heredoc. Without the look behind, a long run of blanks would be tried from each of them. */
function closeUp(line: string): string {
  return line.replace(/(?<![ \t])[ \t]+<</, " <<");
}
