import { lstat } from "node:fs/promises";

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
/** What the owner of the kernel's files could change or read under /proc without any capability. */
const READ_ONLY = ["sys", "bus", "fs", "irq", "pressure", "sysrq-trigger"];
const HIDDEN = ["kmsg", "kpagecgroup", "kpagecount", "kpageflags", "mtrr", "slabinfo", "timer_list", "vmallocinfo"];

/**
 * Arguments of bwrap that matter when swerl runs as root. Root inside is then root outside as far as file owners go:
 * without a capability it could still set sysctls (core_pattern runs a program as the host's root) and change the
 * modes of device nodes. They come read-only or empty. `devices` is a folder of the launcher, see launch-script.ts.
 */
export async function findRootGuard(emptyFile: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  const present = async (names: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(names.map((name) => lstat(`/proc/${name}`).catch(() => null)));
    return names.filter((_, index) => found[index] !== null).map((name) => `/proc/${name}`);
  };
  return [
    ...DEVICES.flatMap((name) => ["--dev-bind", `devices/${name}`, `/dev/${name}`]),
    ...(await present(READ_ONLY)).flatMap((path) => ["--ro-bind", path, path]),
    ...(await present(HIDDEN)).flatMap((path) => ["--ro-bind", emptyFile, path]),
  ];
}
