import type { Readable } from "node:stream";

/** The key of an entry. In a name its quotes would be escaped. */
const PATH = Buffer.from('"Path":"');

/** How many entries an answer with changed paths has; none is kept, because code inside may make any number. */
export async function countPaths(answer: Readable): Promise<number> {
  let count = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of answer) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    for (let at = bytes.indexOf(PATH); at !== -1; at = bytes.indexOf(PATH, at + PATH.length)) count += 1;
    rest = bytes.subarray(1 - PATH.length);
  }
  return count;
}
