import { chmodSync, copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

// What tsc leaves behind: scripts that run inside sandboxes, and the executable bit of the command.
const ASSET = /\.(sh|py)$/;
for (const entry of readdirSync("src", { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !ASSET.test(entry.name)) continue;
  const source = join(entry.parentPath, entry.name);
  const target = join("dist", source.slice("src/".length));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
}
chmodSync("dist/main.js", 0o755);
