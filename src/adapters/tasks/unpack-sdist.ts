import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Readable } from "node:stream";

import { extract } from "tar-stream";

import type { TaskSourceTree } from "../../domain/task-instance.ts";
import { InputError } from "../../platform/errors.ts";

type Sdist = Extract<TaskSourceTree, { kind: "sdist" }>;

/**
 * Unpacks the pinned sdist into a folder, without its top folder. Throws InputError when the archive is absent or its
 * SHA-256 differs, naming the command that fetches it.
 */
export async function unpackSdist(sources: string, source: Sdist, directory: string): Promise<void> {
  const archive = await readFile(join(sources, await findArchive(sources, source)));
  const sha256 = createHash("sha256").update(archive).digest("hex");
  if (sha256 !== source.sha256) {
    throw new InputError(
      "SWERL_TASK_SOURCE_CHANGED",
      `the sdist of ${source.name} ${source.version} has sha256 ${sha256}, task.yaml pins ${source.sha256}`,
      { hint: "delete the file and run `scripts/fetch-pypi-sources` again" },
    );
  }
  const unpacker = extract();
  const reading = pipeline(Readable.from([archive]), createGunzip(), unpacker);
  for await (const entry of unpacker) await writeEntry(directory, entry.header, entry);
  await reading;
}

interface Header {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly mode?: number | undefined;
  readonly linkname?: string | null | undefined;
}

async function writeEntry(directory: string, header: Header, stream: AsyncIterable<unknown>): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const path = normalize(header.name).split("/").slice(1).join("/");
  if (path === "" || path.startsWith("..") || path.split("/").includes(".git")) return;
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  if (header.type === "directory") await mkdir(file, { recursive: true });
  else if (header.type === "symlink") await symlink(header.linkname ?? "", file);
  else if (header.type === "file") {
    await writeFile(file, Buffer.concat(chunks));
    await chmod(file, ((header.mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755);
  }
}

async function findArchive(sources: string, source: Sdist): Promise<string> {
  const names = await readdir(sources).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const wanted = normalizeName(`${source.name}-${source.version}.tar.gz`);
  const found = names.find((name) => normalizeName(name) === wanted);
  if (found !== undefined) return found;
  throw new InputError("SWERL_TASK_SOURCE_MISSING", `no sdist of ${source.name} ${source.version} in ${sources}`, {
    hint: "run `scripts/fetch-pypi-sources` (once; it needs the network)",
  });
}

/** Package names compare without case and with `-`, `_` and `.` alike. */
function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[-_]+/g, "-");
}
