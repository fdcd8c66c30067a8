import { readFile } from "node:fs/promises";

/**
 * Arguments of bash that make it the dispatcher: `-c`, its loop, its functions. The four arguments named in
 * dispatcher.sh follow.
 */
export async function loadDispatcher(): Promise<readonly string[]> {
  const text = await readFile(new URL("./dispatcher.sh", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  return ["--norc", "--noprofile", "-c", lines.at(-1) ?? "", "bash", lines.slice(0, -1).join("\n")];
}
