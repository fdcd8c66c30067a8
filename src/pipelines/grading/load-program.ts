import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** The program made of these files of `assets`, one after the other: `assets` beside the nearest folder above this module. */
export async function loadProgram(...parts: readonly string[]): Promise<string> {
  return (await Promise.all(parts.map(readAsset))).join("\n");
}

async function readAsset(name: string): Promise<string> {
  let folder = new URL("./", import.meta.url);
  for (;;) {
    const file = new URL(`assets/${name}`, folder);
    if (existsSync(file)) return readFile(file, "utf8");
    const parent = new URL("../", folder);
    if (parent.href === folder.href) throw new Error(`the installation lacks assets/${name}`);
    folder = parent;
  }
}
