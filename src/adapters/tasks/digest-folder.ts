import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

import { InputError } from "../../platform/errors.ts";

/** SHA-256 over paths, modes and contents of a folder, what prepareTree copies of it. */
export async function digestFolder(folder: string): Promise<string> {
  const hash = createHash("sha256");
  await addFolder(hash, folder, "").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new InputError("SWERL_TASK_SOURCE_MISSING", `no folder ${folder}`, {
      hint: "`source.path` in task.yaml is relative to the task repo",
    });
  });
  return hash.digest("hex");
}

async function addFolder(hash: ReturnType<typeof createHash>, root: string, prefix: string): Promise<void> {
  const entries = await readdir(join(root, prefix), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    const file = join(root, path);
    if (/^(?:__pycache__|\.pytest_cache|\.git)$|\.pyc$/.test(entry.name)) continue;
    if (entry.isDirectory()) await addFolder(hash, root, path);
    else {
      const content = entry.isSymbolicLink() ? Buffer.from(await readlink(file)) : await readFile(file);
      hash.update(`${path}\0${(await lstat(file)).mode & 0o111 ? "x" : "-"}\0${content.length}\0`).update(content);
    }
  }
}
