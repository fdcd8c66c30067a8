import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Text of a file of `assets/grading`, found beside the nearest folder above this module that has it. */
export async function loadAsset(name: string): Promise<string> {
  let folder = new URL("./", import.meta.url);
  for (;;) {
    const file = new URL(`assets/grading/${name}`, folder);
    if (existsSync(file)) return readFile(file, "utf8");
    const parent = new URL("../", folder);
    if (parent.href === folder.href) throw new Error(`the installation lacks assets/grading/${name}`);
    folder = parent;
  }
}
