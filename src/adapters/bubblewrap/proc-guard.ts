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
 * program as the host's root), and read what is its owner's alone. Not root, it could set those of its own namespaces. Only
 * root has a launcher that can close all that, in a tenth of the time that bubblewrap takes.
 */
export async function findProcGuard(emptyFile: string): Promise<ProcGuard> {
  const isRoot = process.getuid?.() === 0;
  const names = isRoot ? [...HIDDEN, "keys"] : ["keys"];
  const found = await Promise.all(names.map((name) => lstat(`/proc/${name}`).catch(() => null)));
  const present = names.filter((_, index) => found[index] !== null);
  if (isRoot) return { hidden: present, bwrap: [] };
  const hidden = present.flatMap((name) => ["--ro-bind", emptyFile, `/proc/${name}`]);
  return { hidden: [], bwrap: [...hidden, "--remount-ro", "/proc"] };
}
