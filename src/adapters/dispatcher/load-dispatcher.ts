import { readFile } from "node:fs/promises";

/** Text of dispatcher.sh without its comments: what `bash -c` gets as process 1. */
export async function loadDispatcher(): Promise<string> {
  const text = await readFile(new URL("./dispatcher.sh", import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join("\n");
}
