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

/**
 * Arguments of bwrap that close what is left open in /proc: the names of the user's kernel keys, and more when swerl
 * runs as root. Root inside is then root outside as far as file owners go: without a capability it could still set
 * sysctls (core_pattern runs a program as the host's root), so what its owner alone may read comes empty. For all users
 * /proc comes read-only. It has to be done before any program of an image runs, its bash among them.
 */
export async function findProcGuard(emptyFile: string): Promise<readonly string[]> {
  const isRoot = process.getuid?.() === 0;
  const names = isRoot ? [...HIDDEN, "keys"] : ["keys"];
  const found = await Promise.all(names.map((name) => lstat(`/proc/${name}`).catch(() => null)));
  const present = names.filter((_, index) => found[index] !== null);
  return [...present.flatMap((name) => ["--ro-bind", emptyFile, `/proc/${name}`]), "--remount-ro", "/proc"];
}
