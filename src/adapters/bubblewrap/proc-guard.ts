import { lstat } from "node:fs/promises";

/** What the owner of the kernel's files could read under /proc without any capability. */
const HIDDEN = [
  "kmsg",
  "kpagecgroup",
  "kpagecount",
  "kpageflags",
  "pagetypeinfo",
  "slabinfo",
  "timer_list",
  "vmallocinfo",
];

/** What is closed in /proc: by the launcher, which also makes /proc read-only, or by arguments of bwrap. */
export interface ProcGuard {
  readonly hidden: readonly string[];
  readonly bwrap: readonly string[];
}

/**
 * Closes what is left open in /proc: the names of the user's kernel keys, and more when swerl runs as root. Root inside
 * is then root outside as far as file owners go: without a capability it could still set sysctls (core_pattern runs a
 * program as the host's root). /proc comes read-only, and what its owner alone may read comes empty. Only root has a
 * launcher that can do that, and a hundred times cheaper than bubblewrap.
 */
export async function findProcGuard(emptyFile: string): Promise<ProcGuard> {
  const isRoot = process.getuid?.() === 0;
  const names = isRoot ? [...HIDDEN, "keys"] : ["keys"];
  const found = await Promise.all(names.map((name) => lstat(`/proc/${name}`).catch(() => null)));
  const present = names.filter((_, index) => found[index] !== null);
  if (isRoot) return { hidden: present, bwrap: [] };
  return { hidden: [], bwrap: present.flatMap((name) => ["--ro-bind", emptyFile, `/proc/${name}`]) };
}
