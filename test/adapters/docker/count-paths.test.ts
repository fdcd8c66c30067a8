import { Readable } from "node:stream";

import { expect, it } from "vitest";

import { countPaths } from "../../../src/adapters/docker/count-paths.ts";

const chunks = (text: string, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    Buffer.from(text.slice(index * size, (index + 1) * size)),
  );

it.each([1, 3, 8, 1000])(
  "counts the paths of an answer in chunks of %i bytes, whatever they are called",
  async (size) => {
    const names = ["/a", '"Path":"', '\\"Path":"', "x".repeat(300)];
    const old = names.map((Path) => ({ Path, Kind: 1 }));
    const recent = names.map((Path) => ({ Kind: 1, Path }));
    const count = (answer: unknown): Promise<number> =>
      countPaths(Readable.from(chunks(`${JSON.stringify(answer)}\n`, size)));
    expect([await count(old), await count(recent), await count(null)]).toEqual([4, 4, 0]);
  },
);
