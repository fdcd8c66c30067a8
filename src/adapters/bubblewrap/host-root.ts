import { execFile } from "node:child_process";
import { lstat, readlink } from "node:fs/promises";
import { promisify } from "node:util";

import type { Placed } from "./launcher.ts";

/** The read-only parts of the host that a sandbox with `rootfs: host` sees. */
export interface HostRoot {
  readonly placed: readonly Placed[];
  /** Folders that come first on PATH: the host's python3 when it lives outside /usr. */
  readonly path: readonly string[];
}

/** Finds the host's tools: /usr, its shortcuts in /, and the prefix of the python3 on PATH. Nothing of HOME else. */
export async function findHostRoot(): Promise<HostRoot> {
  const found: Placed[] = [["read-only", "/usr", "/usr"]];
  for (const name of ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]) {
    const entry = await lstat(`/${name}`).catch(() => null);
    if (entry === null) continue;
    if (entry.isSymbolicLink()) found.push(["link", await readlink(`/${name}`), `/${name}`]);
    else found.push(["read-only", `/${name}`, `/${name}`]);
  }
  const prefix = await findPythonPrefix();
  if (prefix === null) return { placed: found, path: [] };
  return { placed: [...found, ["read-only", prefix, prefix]], path: [`${prefix}/bin`] };
}

/** sys.base_prefix of the python3 on PATH; null when it is part of /usr or there is none. */
async function findPythonPrefix(): Promise<string | null> {
  const run = promisify(execFile);
  const answer = await run("python3", ["-I", "-c", "import sys; print(sys.base_prefix)"], { timeout: 20_000 }).catch(
    // Without python3 on the host the sandbox has none either; checkBubblewrap names it.
    () => null,
  );
  const prefix = answer?.stdout.trim() ?? "";
  return prefix === "" || prefix === "/" || prefix === "/usr" ? null : prefix;
}
