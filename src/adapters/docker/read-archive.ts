import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

import { extract } from "tar-stream";

import { SandboxBrokenError } from "../../platform/errors.ts";
import type { LeftOutPath } from "../../domain/left-out.ts";
import type { FileChange, TreeChanges } from "../../ports/sandbox.ts";
import { limitChanges, MAX_CHANGED_FILE_BYTES } from "../dispatcher/change-limits.ts";

export interface ArchivedFile {
  /** null: larger than MAX_CHANGED_FILE_BYTES. */
  readonly content: Buffer | null;
  /** SHA-256 of a content that is not kept. */
  readonly digest: string | null;
  readonly executable: boolean;
}

/**
 * Regular files of a tar stream by path below its first component, `.git` left out. Stops with SandboxBrokenError
 * when the archive is larger than what a sandbox may hold: code inside can make a sparse file of any size.
 */
export async function readArchive(
  stream: Readable,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Map<string, ArchivedFile>> {
  const files = new Map<string, ArchivedFile>();
  const parser = extract();
  let total = 0;
  parser.on("entry", (header, body, next) => {
    const path = pathBelow(header.name) ?? "";
    const isKept = header.type === "file" && path !== "";
    const isSmall = (header.size ?? 0) <= MAX_CHANGED_FILE_BYTES;
    const chunks: Buffer[] = [];
    // A parser that stops takes its entry along; the pipeline below rejects for both.
    body.on("error", () => undefined);
    total += header.size ?? 0;
    if (total > limitBytes) {
      return parser.destroy(
        new SandboxBrokenError("SWERL_SANDBOX_TOO_LARGE", `the workdir holds over ${limitBytes} bytes`),
      );
    }
    const hash = createHash("sha256");
    body.on("data", (chunk) => {
      if (isKept && isSmall) chunks.push(chunk as Buffer);
      else if (isKept) hash.update(chunk as Buffer);
    });
    body.on("end", () => {
      const executable = ((header.mode ?? 0) & 0o111) !== 0;
      if (isKept && isSmall) files.set(path, { content: Buffer.concat(chunks), digest: null, executable });
      else if (isKept) files.set(path, { content: null, digest: hash.digest("hex"), executable });
      next();
    });
  });
  await pipeline(stream, parser, { signal });
  return files;
}

/** What lies at one path. */
export type ArchivedEntry =
  | { readonly type: "file"; readonly file: ArchivedFile }
  | { readonly type: "folder"; readonly mtimeMs: number }
  | { readonly type: "other" };

/** What a tar stream of one path begins with, the path itself. No more of the stream is read. */
export async function readFirstEntry(stream: Readable, signal: AbortSignal): Promise<ArchivedEntry> {
  for await (const entry of readEntries(stream, signal)) {
    const { type, size = 0, mode = 0, mtime } = entry.header;
    if (type === "directory") return { type: "folder", mtimeMs: mtime?.getTime() ?? 0 };
    if (type !== "file") return { type: "other" };
    const isSmall = size <= MAX_CHANGED_FILE_BYTES;
    const content = isSmall ? await buffer(entry) : null;
    return { type: "file", file: { content, digest: null, executable: (mode & 0o111) !== 0 } };
  }
  return { type: "other" };
}

/** Paths of the regular files below a folder, of a tar stream of the folder. */
export async function listArchive(stream: Readable, signal: AbortSignal): Promise<Set<string>> {
  const paths = new Set<string>();
  for await (const entry of readEntries(stream, signal)) {
    const path = pathBelow(entry.header.name);
    if (entry.header.type === "file" && path !== null) paths.add(path);
    entry.resume();
  }
  return paths;
}

function readEntries(stream: Readable, signal: AbortSignal): ReturnType<typeof extract> {
  const parser = extract();
  // What goes wrong there, who reads the entries sees too.
  pipeline(stream, parser, { signal }).catch(() => {});
  return parser;
}

/** A name below its first component; null for that component itself, for `.git`, and for what leads out of it. */
function pathBelow(name: string): string | null {
  const path = name.split("/").slice(1).join("/");
  const isBelow =
    path !== "" && !path.startsWith("/") && path.split("/").every((part) => part !== ".." && part !== ".git");
  return isBelow ? path : null;
}

/** What differs between a host tree and the files that lie in its place now, sorted by path. */
export async function compareWithTree(tree: string, now: ReadonlyMap<string, ArchivedFile>): Promise<TreeChanges> {
  const changes: FileChange[] = [];
  const leftOut: LeftOutPath[] = [];
  const seen = new Set<string>();
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(tree, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.name === ".git") continue;
      if (entry.isDirectory()) await visit(path);
      if (!entry.isFile()) continue;
      seen.add(path);
      const file = now.get(path);
      if (file === undefined) changes.push({ path, content: null, executable: false });
      else if (await differs(join(tree, path), file)) {
        if (file.content === null) leftOut.push({ path, reason: "too_large" });
        else changes.push({ path, content: file.content, executable: file.executable });
      }
    }
  };
  await visit("");
  for (const [path, { content, executable }] of now) {
    if (seen.has(path)) continue;
    if (content === null) leftOut.push({ path, reason: "too_large" });
    else changes.push({ path, content, executable });
  }
  return limitChanges(changes, leftOut, (path) => seen.has(path));
}

async function differs(path: string, file: ArchivedFile): Promise<boolean> {
  const entry = await lstat(path);
  if (((entry.mode & 0o111) !== 0) !== file.executable) return true;
  if (file.content === null) return (await hashFile(path)) !== file.digest;
  return entry.size !== file.content.length || !(await readFile(path)).equals(file.content);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
