import { lstat, readFile } from "node:fs/promises";
import { join, posix } from "node:path";

import { findInLayer } from "../adapters/bubblewrap/read-changes.ts";
import type { OriginalFile } from "../adapters/patches/create-model-patch.ts";
import type { CallOptions, FileChange, SandboxProvider, SandboxSpec } from "../ports/sandbox.ts";

const READ_TIMEOUT_MS = 120_000;

/** Reads files as they were before the episode: from the host's tree, or in a fresh sandbox of the image. */
export async function readOriginals(
  spec: SandboxSpec,
  changes: readonly FileChange[],
  sandboxes: SandboxProvider,
  signal: AbortSignal,
): Promise<(path: string) => Promise<OriginalFile | null>> {
  const { tree } = spec;
  if (tree !== null) return (path) => readFromTree(tree, path);
  const originals = await readFromImage(spec, changes, sandboxes, { signal, timeoutMs: READ_TIMEOUT_MS });
  return async (path) => originals.get(path) ?? null;
}

/**
 * null for what the tree does not hold: also a path that is too long below the tree, and one below a link of the tree,
 * which leads out of it.
 */
async function readFromTree(tree: string, path: string): Promise<OriginalFile | null> {
  const parent = posix.dirname(path);
  const folder = parent === "." ? tree : await findInLayer(tree, parent);
  if (folder === null) return null;
  const file = join(folder, posix.basename(path));
  try {
    const status = await lstat(file);
    if (!status.isFile()) return null;
    return { content: await readFile(file), executable: (status.mode & 0o111) !== 0 };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return null;
    throw error;
  }
}

/** An image does not tell its modes through the port, so an existing file keeps the mode it has now. */
async function readFromImage(
  spec: SandboxSpec,
  changes: readonly FileChange[],
  sandboxes: SandboxProvider,
  options: CallOptions,
): Promise<Map<string, OriginalFile>> {
  if (changes.length === 0) return new Map();
  const sandbox = await sandboxes.open(spec, options);
  try {
    const contents = await sandbox.readFiles(
      changes.map((change) => change.path),
      options,
    );
    return new Map(
      changes.flatMap(({ path, executable }, index) => {
        const content = contents[index] ?? null;
        return content === null ? [] : [[path, { content, executable }] as const];
      }),
    );
  } finally {
    await sandbox.close();
  }
}
