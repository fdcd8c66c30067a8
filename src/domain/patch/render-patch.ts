import type { FilePatch, PatchHunk } from "./parse-patch.ts";

/** File sections as git diff text that `git apply` accepts; the empty string for none. */
export function renderPatch(files: readonly FilePatch[]): string {
  return files.map(renderFilePatch).join("");
}

function renderFilePatch(file: FilePatch): string {
  if (file.binary) throw new RangeError(`a binary section cannot be rendered: ${file.newPath ?? file.oldPath}`);
  const source = file.oldPath ?? file.newPath;
  const target = file.newPath ?? file.oldPath;
  if (source === null || target === null) throw new RangeError("a file section without a path");
  const head = [`diff --git ${quoteName(`a/${source}`)} ${quoteName(`b/${target}`)}`];
  if (file.oldPath === null) head.push(`new file mode ${file.newMode ?? "100644"}`);
  else if (file.newPath === null) head.push(`deleted file mode ${file.oldMode ?? "100644"}`);
  else {
    if (file.oldMode !== null && file.newMode !== null)
      head.push(`old mode ${file.oldMode}`, `new mode ${file.newMode}`);
    if (source !== target) head.push(`rename from ${quoteName(source)}`, `rename to ${quoteName(target)}`);
  }
  if (file.hunks.length > 0) {
    head.push(file.oldPath === null ? "--- /dev/null" : `--- ${nameLine(`a/${source}`)}`);
    head.push(file.newPath === null ? "+++ /dev/null" : `+++ ${nameLine(`b/${target}`)}`);
  }
  return `${[...head, ...file.hunks.flatMap(renderHunk)].join("\n")}\n`;
}

/** git ends a name that holds a space with a tab, so that readers know where it ends. */
function nameLine(name: string): string {
  const quoted = quoteName(name);
  return quoted === name && name.includes(" ") ? `${name}\t` : quoted;
}

function renderHunk(hunk: PatchHunk): string[] {
  const count = (marks: string): number => hunk.lines.filter((line) => marks.includes(line[0] as string)).length;
  return [`@@ -${hunk.oldStart},${count(" -")} +${hunk.newStart},${count(" +")} @@`, ...hunk.lines];
}

/** git's C-style quoting: names with control characters, quotes, backslashes or bytes above 127. */
function quoteName(name: string): string {
  if (/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(name)) return name;
  const quoted = [...new TextEncoder().encode(name)].map((byte) => {
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`;
    return byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, "0")}` : String.fromCharCode(byte);
  });
  return `"${quoted.join("")}"`;
}
