import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

const PAGES = ["README.md", "CHANGELOG.md", ...listPages("docs")];

function listPages(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(".md"));
}

describe("the documentation", () => {
  it.each(PAGES)("%s links to nothing that is missing", (page) => {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] as string);
    const missing = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => !existsSync(join(dirname(page), link)));
    expect(missing).toEqual([]);
  });

  it("lists every decision in its index", () => {
    const index = readFileSync("docs/decisions/README.md", "utf8");
    const pages = readdirSync("docs/decisions").filter((name) => name !== "README.md");
    expect(pages.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  });
});
