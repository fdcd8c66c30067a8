import { createHash, randomBytes } from "node:crypto";
import { cp, lstat, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Files of /etc that programs need and that say nothing about the host. */
const COPIED = [
  "alternatives",
  "debian_version",
  "gai.conf",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "mime.types",
  "nsswitch.conf",
  "os-release",
  "protocols",
  "services",
  "shells",
  "ssl/certs",
  "ssl/openssl.cnf",
  "terminfo",
  "timezone",
];

const WRITTEN: Readonly<Record<string, string>> = {
  passwd: "root:x:0:0:root:/home/agent:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n",
  group: "root:x:0:\nnogroup:x:65534:\n",
  hosts: "127.0.0.1 localhost sandbox\n::1 localhost\n",
};

/**
 * A folder that is /etc inside: copies of the host's harmless files and our own passwd, group and hosts. One folder is
 * one mount, where each file by itself would cost every start. Made anew when one of the host's files has changed.
 */
export async function prepareEtc(stateDirectory: string): Promise<string> {
  const found = await Promise.all(
    COPIED.map(async (name) => ({ name, entry: await lstat(join("/etc", name)).catch(() => null) })),
  );
  const present = found.flatMap(({ name, entry }) => (entry === null ? [] : [{ name, entry }]));
  const key = present.map(({ name, entry }) => `${name} ${entry.mtimeMs} ${entry.size}`).join("\n");
  const digest = createHash("sha256").update(key).update(JSON.stringify(WRITTEN)).digest("hex").slice(0, 16);
  const target = join(stateDirectory, `etc-${digest}`);
  if ((await lstat(target).catch(() => null)) !== null) return target;
  const partial = `${target}.${randomBytes(6).toString("hex")}`;
  await mkdir(join(partial, "ssl"), { recursive: true, mode: 0o755 });
  for (const { name } of present) {
    await cp(join("/etc", name), join(partial, name), { recursive: true, verbatimSymlinks: true });
  }
  for (const [name, text] of Object.entries(WRITTEN)) await writeFile(join(partial, name), text);
  try {
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another run was first, with the same content.
    if ((await lstat(target).catch(() => null)) === null) throw error;
  }
  return target;
}
