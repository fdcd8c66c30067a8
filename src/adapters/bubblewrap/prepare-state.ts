import { createHash, randomBytes } from "node:crypto";
import { chmod, copyFile, lstat, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { SandboxError } from "../../platform/errors.ts";
import type { PreparedFiles } from "./bwrap-arguments.ts";
import { prepareEtc } from "./host-etc.ts";
import { buildSeccompFilter } from "./seccomp-filter.ts";

/** Writes the files every sandbox shares. Content-addressed and written whole, so any number of runs may share them. */
export async function prepareFiles(stateDirectory: string): Promise<PreparedFiles> {
  const mountpoint = join(stateDirectory, "mnt");
  await mkdir(mountpoint, { recursive: true, mode: 0o700 });
  const place = (name: string, content: Buffer | string): Promise<string> => placeFile(stateDirectory, name, content);
  return {
    mountpoint,
    seccomp: await place("seccomp", buildSeccompFilter(process.arch)),
    etc: await prepareEtc(stateDirectory),
    emptyFile: await place("empty-file", ""),
  };
}

/**
 * A copy of a root file system's bash that can be executed and not read. The kernel makes a process of such a file
 * non-dumpable, so nothing inside can open the dispatcher's memory or descriptors under /proc.
 */
export async function prepareShell(stateDirectory: string, rootfs: string | null): Promise<string> {
  const source = await findBash(rootfs ?? "/");
  const { size, mtimeMs, ino } = await lstat(source);
  const digest = createHash("sha256").update(`${source} ${size} ${mtimeMs} ${ino}`).digest("hex").slice(0, 16);
  const target = join(stateDirectory, `bash-${digest}`);
  if ((await lstat(target).catch(() => null)) !== null) return target;
  const partial = `${target}.${randomBytes(6).toString("hex")}`;
  await copyFile(source, partial);
  await chmod(partial, 0o111);
  await rename(partial, target);
  return target;
}

async function findBash(rootfs: string): Promise<string> {
  for (const name of ["usr/bin/bash", "bin/bash", "usr/local/bin/bash"]) {
    const entry = await lstat(join(rootfs, name)).catch(() => null);
    if (entry?.isFile() === true) return join(rootfs, name);
  }
  throw new SandboxError("SWERL_SANDBOX_NO_BASH", `no bash in the root file system ${rootfs}`, {
    hint: "install bash in the image; every sandbox needs it",
  });
}

async function placeFile(directory: string, name: string, content: Buffer | string): Promise<string> {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const target = join(directory, `${name}-${digest}`);
  if ((await lstat(target).catch(() => null)) !== null) return target;
  const partial = `${target}.${randomBytes(6).toString("hex")}`;
  await writeFile(partial, content, { mode: 0o644 });
  await rename(partial, target);
  return target;
}
