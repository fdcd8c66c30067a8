import { posix } from "node:path";

import type { LeftOutPath } from "../../domain/left-out.ts";
import { countDown } from "../../platform/deadline.ts";
import { SandboxBrokenError, SandboxError } from "../../platform/errors.ts";
import type { CallOptions, FileChange, SandboxSpec, TreeChanges } from "../../ports/sandbox.ts";
import { comparePaths, limitChanges, MAX_CHANGES, rankChange } from "../dispatcher/change-limits.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { type ArchivedEntry, type ArchivedFile, listArchive, readFirstEntry } from "./read-archive.ts";

const ADDED = 1;
const DELETED = 2;
const REMOVE_TIMEOUT_MS = 30_000;

interface Listed {
  readonly path: string;
  readonly kind: number;
}

/** A container before and after: one of the image that never starts, and the sandbox. */
interface Containers {
  readonly before: string;
  readonly now: string;
}

/**
 * What differs from the image below the workdir, for a repository that is part of its image. The engine names the
 * paths; contents before come from a second container of the image, which never starts.
 */
export async function readImageChanges(
  engine: DockerEngine,
  id: string,
  image: string,
  spec: SandboxSpec,
  options: CallOptions,
): Promise<TreeChanges> {
  const clock = countDown(options.timeoutMs);
  const left = (): CallOptions => ({ ...options, timeoutMs: clock() });
  const workdir = posix.resolve(spec.workdir);
  const listed = (await engine.changes(id, left()).catch(blameForSize))
    .map(({ Path, Kind }) => ({ path: Path, kind: Kind }))
    .filter(({ path }) => isWithin(path, workdir) || isWithin(workdir, path))
    .filter(({ path }) => !path.slice(workdir.length).split("/").includes(".git"));
  if (listed.length === 0) return { changes: [], left_out: [] };
  const before = await engine.create({ Image: image, Cmd: ["true"], Entrypoint: [] }, left());
  try {
    return await compareListed(engine, { before, now: id }, workdir, listed, left);
  } finally {
    await engine.remove(before, { signal: new AbortController().signal, timeoutMs: REMOVE_TIMEOUT_MS });
  }
}

async function compareListed(
  engine: DockerEngine,
  { before: original, now: sandbox }: Containers,
  workdir: string,
  listed: readonly Listed[],
  left: () => CallOptions,
): Promise<TreeChanges> {
  const below = (path: string): string => posix.relative(workdir, path);
  const changes = new Map<string, FileChange>();
  const leftOut: LeftOutPath[] = [];
  const added = new Set(listed.filter(({ kind }) => kind === ADDED).map(({ path }) => below(path)));
  const remade = new Set<string>();
  const remove = (path: string): unknown => changes.set(path, { path, content: null, executable: false });
  const list = (id: string, path: string): Promise<Set<string>> =>
    engine.readArchive(id, path, left(), listArchive).catch(noneIfGone);
  const { looked, tooMany } = chooseLooked(listed);
  for (const { path, kind } of looked) {
    const [before, now] = await Promise.all([
      kind === ADDED ? null : readEntry(engine, original, path, left()),
      kind === DELETED ? null : readEntry(engine, sandbox, path, left()),
    ]);
    const isOutside = !isWithin(path, workdir);
    if (before?.type === "folder") {
      const isFolder = now?.type === "folder";
      const isRemade = !isFolder || now.mtimeMs !== before.mtimeMs;
      if (isRemade) remade.add(path);
      // The engine names no file of a folder that is gone, nor one that is missing where a folder was made again in
      // another that was.
      const isSilent = !isFolder || (isRemade && remade.has(posix.dirname(path)));
      const folder = isOutside ? workdir : path;
      const still = isSilent && isFolder ? await list(sandbox, folder) : new Set<string>();
      const files = isSilent ? await list(original, folder) : new Set<string>();
      for (const file of files) if (!still.has(file)) remove(below(posix.join(folder, file)));
    }
    if (isOutside || path === workdir) continue;
    const is = now?.type === "file" ? now.file : null;
    const was = before?.type === "file" ? before.file : null;
    if (now === null && kind !== DELETED) leftOut.push({ path: below(path), reason: "unreadable_name" });
    else if (is === null && was !== null) remove(below(path));
    else if (is === null || isSame(is, was)) continue;
    else if (is.content === null) leftOut.push({ path: below(path), reason: "too_large" });
    else changes.set(below(path), { path: below(path), content: is.content, executable: is.executable });
  }
  const unlooked = tooMany.map(({ path }): LeftOutPath => ({ path: below(path), reason: "too_many" }));
  return limitChanges([...changes.values()], [...leftOut, ...unlooked], (path) => !added.has(path));
}

/** As many paths as there may be changes, those of the image first; parents before what is in them. */
function chooseLooked(listed: readonly Listed[]): { looked: readonly Listed[]; tooMany: readonly Listed[] } {
  const ranked = listed
    .map((entry) => ({ entry, rank: rankChange(entry.path, entry.kind !== ADDED) }))
    .sort((one, other) => one.rank - other.rank || comparePaths(one.entry, other.entry))
    .map(({ entry }) => entry);
  return { looked: ranked.slice(0, MAX_CHANGES).sort(comparePaths), tooMany: ranked.slice(MAX_CHANGES) };
}

/** The folder itself is within it. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}

function isSame(now: ArchivedFile, before: ArchivedFile | null): boolean {
  if (before === null || now.executable !== before.executable) return false;
  return now.content !== null && before.content !== null && now.content.equals(before.content);
}

/** What lies at exactly this path; null when nothing does. */
async function readEntry(
  engine: DockerEngine,
  id: string,
  path: string,
  options: CallOptions,
): Promise<ArchivedEntry | null> {
  return engine.readArchive(id, path, options, readFirstEntry).catch((error: unknown) => {
    if (error instanceof SandboxError && error.code === "SWERL_DOCKER_NOT_FOUND") return null;
    throw error;
  });
}

/** The list is as long as code inside has made it. */
function blameForSize(error: unknown): never {
  if (!(error instanceof SandboxError) || error.code !== "SWERL_DOCKER_TOO_LARGE") throw error;
  throw new SandboxBrokenError("SWERL_SANDBOX_TOO_LARGE", "the sandbox holds more changed paths than can be listed");
}

function noneIfGone(error: unknown): Set<string> {
  if (error instanceof SandboxError && error.code === "SWERL_DOCKER_NOT_FOUND") return new Set();
  throw error;
}
