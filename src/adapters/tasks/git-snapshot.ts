import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

/**
 * Writes a repository of exactly one commit into a folder, as files: no remote, tag, reflog, stash or packed leftover
 * can exist, because nothing but these objects is written. The same tree and message give the same commit id on every
 * machine. Objects and index are in git's formats (gitformat-index, version 2).
 */
export async function writeGitSnapshot(directory: string, message: string): Promise<string> {
  const git = join(directory, ".git");
  await Promise.all(
    ["objects", "refs/heads", "refs/tags", "info"].map((name) => mkdir(join(git, name), { recursive: true })),
  );
  const repository: Repository = { git, entries: [], written: new Set() };
  const tree = await writeTree(repository, directory, "");
  const stamp = "swerl <swerl@localhost> 1767225600 +0000";
  const commit = await writeObject(
    repository,
    "commit",
    Buffer.from(`tree ${tree}\nauthor ${stamp}\ncommitter ${stamp}\n\n${message}\n`),
  );
  await Promise.all([
    writeFile(join(git, "HEAD"), "ref: refs/heads/main\n"),
    writeFile(join(git, "refs/heads/main"), `${commit}\n`),
    writeFile(join(git, "config"), CONFIG),
    writeFile(join(git, "index"), renderIndex(repository.entries)),
  ]);
  return commit;
}

const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[user]
\tname = agent
\temail = agent@localhost
`;

interface IndexEntry {
  readonly path: string;
  readonly mode: number;
  readonly id: string;
  readonly size: number;
}

interface Repository {
  readonly git: string;
  readonly entries: IndexEntry[];
  readonly written: Set<string>;
}

/** Writes blobs and trees below a folder; returns the tree's id. An empty folder has no tree entry, as in git. */
async function writeTree(repository: Repository, root: string, prefix: string): Promise<string> {
  const names = await readdir(join(root, prefix), { withFileTypes: true });
  const items: { readonly key: Buffer; readonly content: Buffer }[] = [];
  for (const entry of names) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.name === ".git") continue;
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile() && !entry.isSymbolicLink()) continue;
    const id = isFolder ? await writeTree(repository, root, path) : await writeBlob(repository, root, path);
    if (id === EMPTY_TREE) continue;
    const mode = isFolder ? "40000" : (repository.entries.at(-1) as IndexEntry).mode.toString(8);
    items.push({
      // git sorts a folder as if its name ended with a slash.
      key: Buffer.from(isFolder ? `${entry.name}/` : entry.name),
      content: Buffer.concat([Buffer.from(`${mode} ${entry.name}\0`), Buffer.from(id, "hex")]),
    });
  }
  items.sort((a, b) => Buffer.compare(a.key, b.key));
  return writeObject(repository, "tree", Buffer.concat(items.map((item) => item.content)));
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

async function writeBlob(repository: Repository, root: string, path: string): Promise<string> {
  const file = join(root, path);
  const status = await lstat(file);
  const isLink = status.isSymbolicLink();
  const content = isLink ? Buffer.from(await readlink(file)) : await readFile(file);
  const mode = isLink ? 0o120000 : (status.mode & 0o111) === 0 ? 0o100644 : 0o100755;
  const id = await writeObject(repository, "blob", content);
  repository.entries.push({ path, mode, id, size: content.length });
  return id;
}

async function writeObject(repository: Repository, type: string, content: Buffer): Promise<string> {
  const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash("sha1").update(object).digest("hex");
  if (repository.written.has(id) || (type === "tree" && id === EMPTY_TREE && content.length === 0)) return id;
  repository.written.add(id);
  const folder = join(repository.git, "objects", id.slice(0, 2));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, id.slice(2)), deflateSync(object, { level: 1 }), { mode: 0o444 });
  return id;
}

/** Index version 2. Times are zero, so git compares content once and then knows. */
function renderIndex(entries: readonly IndexEntry[]): Buffer {
  const sorted = entries
    .map((entry) => ({ entry, name: Buffer.from(entry.path) }))
    .sort((a, b) => Buffer.compare(a.name, b.name));
  const head = Buffer.alloc(12);
  head.write("DIRC");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(sorted.length, 8);
  const parts = [head];
  for (const { entry, name } of sorted) {
    // 62 bytes of fields, the name, then 1 to 8 NULs up to a multiple of 8.
    const record = Buffer.alloc((62 + name.length + 8) & ~7);
    record.writeUInt32BE(entry.mode, 24);
    record.writeUInt32BE(entry.size, 36);
    record.write(entry.id, 40, "hex");
    record.writeUInt16BE(Math.min(name.length, 0xfff), 60);
    name.copy(record, 62);
    parts.push(record);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}
