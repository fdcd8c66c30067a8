import { readFile } from "node:fs/promises";

const MARK = /^#--- (?=\w+$)/m;
/** Ends of lines after which no semicolon may stand. */
const OPEN_END = /(?:^|[\s;])(?:do|then|else|in|\{|\()$|(?:;;|&&|\|\||[&|]|^\w+\))$/;

/**
 * Arguments of bash that make it the dispatcher: `-c`, its loop as one line, then its other parts. The five arguments
 * named in dispatcher.sh follow.
 */
export async function loadDispatcher(): Promise<readonly string[]> {
  const text = await readFile(new URL("./dispatcher.sh", import.meta.url), "utf8");
  const parts = text.split(MARK).slice(1).map(strip);
  const [, ...loop] = parts.pop() ?? [];
  const line = loop.map((statement) => (OPEN_END.test(statement) ? `${statement} ` : `${statement}; `)).join("");
  const named = parts.flatMap(([name = "", ...lines]) => [name, `${lines.join("\n")}\n`]);
  return ["--norc", "--noprofile", "-c", line, "bash", ...named, "--"];
}

/** Lines that do something. */
function strip(text: string): string[] {
  return text.split("\n").flatMap((line) => (/^\s*(#|$)/.test(line) ? [] : [line.trim()]));
}
