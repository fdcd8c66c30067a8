import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

import { pack } from "tar-stream";

/** A host folder as a tar archive whose entries lie below `prefix` (absolute, inside). Owned by root. */
export async function packTree(folder: string, prefix: string): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  archive.on("data", (chunk) => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve, reject) => {
    archive.on("end", resolve).on("error", reject);
  });
  const add = async (path: string, name: string): Promise<void> => {
    const entry = await lstat(path);
    const header = { name, mode: entry.mode & 0o7777, mtime: entry.mtime, uid: 0, gid: 0 };
    if (entry.isDirectory()) {
      archive.entry({ ...header, type: "directory" });
      for (const child of await readdir(path)) await add(join(path, child), `${name}/${child}`);
    } else if (entry.isSymbolicLink()) {
      archive.entry({ ...header, type: "symlink", linkname: await readlink(path) });
    } else if (entry.isFile()) {
      archive.entry(header, await readFile(path));
    }
  };
  await add(folder, prefix.replace(/^\/+/, ""));
  archive.finalize();
  await ended;
  return Buffer.concat(chunks);
}

/** Archives of the trees used last, by folder: the sandboxes of a group share one. */
export class TreeArchives {
  readonly #limitBytes: number;
  readonly #archives = new Map<string, Promise<Buffer>>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  async get(folder: string, prefix: string): Promise<Buffer> {
    const key = `${folder}\0${prefix}`;
    const known = this.#archives.get(key);
    if (known !== undefined) return known;
    const packing = packTree(folder, prefix);
    this.#archives.set(key, packing);
    try {
      const archive = await packing;
      this.#bytes += archive.length;
      await this.#evict(key);
      return archive;
    } catch (error) {
      this.#archives.delete(key);
      throw error;
    }
  }

  async #evict(keep: string): Promise<void> {
    for (const [key, archive] of this.#archives) {
      if (this.#bytes <= this.#limitBytes) return;
      if (key === keep) continue;
      this.#archives.delete(key);
      this.#bytes -= (await archive).length;
    }
  }
}
