import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createModelPatch, type OriginalFile } from "../../../src/adapters/patches/create-model-patch.ts";
import { parsePatch } from "../../../src/domain/patch/parse-patch.ts";
import { renderPatch } from "../../../src/domain/patch/render-patch.ts";
import type { FileChange } from "../../../src/ports/sandbox.ts";

interface Node {
  readonly text: string;
  readonly executable: boolean;
}
type Tree = Record<string, Node>;

const line = fc.constantFrom("", "a", "b", "-c", "+d", " e", "@@ -1 +1 @@", "--- x", "\\ no", "é\t", "f\r", "g\u2028h");
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, end]) => (lines.length === 0 ? "" : lines.join("\n") + (end ? "\n" : "")));
const path = fc.constantFrom(
  "a.py",
  "pkg/b.py",
  "pkg/c d.txt",
  'pkg/q"uote.txt',
  "ünï/é.py",
  "tab\t.txt",
  "back\\slash",
);
const tree: fc.Arbitrary<Tree> = fc.dictionary(path, fc.record({ text, executable: fc.boolean() }), { maxKeys: 5 });

function write(root: string, files: Tree): void {
  for (const [name, node] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), node.text, { mode: node.executable ? 0o755 : 0o644 });
  }
}

function diffTrees(before: Tree, after: Tree): FileChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].map((name) => {
    const node = after[name];
    return {
      path: name,
      content: node === undefined ? null : Buffer.from(node.text),
      executable: node?.executable ?? false,
    };
  });
}

function readFrom(before: Tree): (name: string) => Promise<OriginalFile | null> {
  return async (name) => {
    const node = before[name];
    return node === undefined ? null : { content: Buffer.from(node.text), executable: node.executable };
  };
}

async function checkApplies(before: Tree, after: Tree): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "swerl-patch-"));
  try {
    write(root, before);
    const { patch, left_out } = await createModelPatch(diffTrees(before, after), readFrom(before));
    expect(left_out).toEqual([]);
    expect(renderPatch(parsePatch(patch))).toBe(patch);
    if (patch !== "") execFileSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: root, input: patch });
    for (const [name, node] of Object.entries(after)) {
      expect(readFileSync(join(root, name), "utf8")).toBe(node.text);
      expect((statSync(join(root, name)).mode & 0o111) !== 0).toBe(node.executable);
    }
    for (const name of Object.keys(before)) expect(existsSync(join(root, name))).toBe(name in after);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("createModelPatch", () => {
  it("writes what git apply turns into the changed tree, for any trees", async () => {
    await fc.assert(fc.asyncProperty(tree, tree, checkApplies), { numRuns: 60 });
  });

  it("leaves binary files out and says so", async () => {
    const changes: FileChange[] = [
      { path: "logo.png", content: Uint8Array.from([137, 80, 78, 71, 0, 1]), executable: false },
      { path: "latin.txt", content: Uint8Array.from([104, 233]), executable: false },
      { path: "new.py", content: Buffer.from("x = 1\n"), executable: false },
    ];
    const made = await createModelPatch(changes, async () => null);
    expect(made.left_out).toEqual([
      { path: "latin.txt", reason: "binary" },
      { path: "logo.png", reason: "binary" },
    ]);
    expect(parsePatch(made.patch).map((file) => file.newPath)).toEqual(["new.py"]);
  });

  it("gives an empty patch for changes that change nothing", async () => {
    const before: Tree = { "a.py": { text: "x\n", executable: false } };
    expect((await createModelPatch(diffTrees(before, before), readFrom(before))).patch).toBe("");
  });
});
