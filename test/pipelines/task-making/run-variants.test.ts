import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createBubblewrapProvider } from "../../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import type { Variant } from "../../../src/domain/task-making/variant-run.ts";
import { runVariants } from "../../../src/pipelines/task-making/run-variants.ts";
import type { SandboxProvider } from "../../../src/ports/sandbox.ts";
import { withoutBubblewrap } from "../../fakes/machine.ts";

const signal = new AbortController().signal;
const limits = { memoryBytes: 512 * 1024 ** 2, maxProcesses: 200, diskBytes: 256 * 1024 ** 2 };
const UNTOUCHED: Variant = {
  id: "untouched",
  writes: {},
  files: [],
  tests: null,
  max_failures: null,
  keep_collecting: true,
  cpu_s: 30,
  wall_s: 60,
  coverage: false,
};
let scratch: string;
let sandboxes: SandboxProvider;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "swerl-variants-"));
  if (withoutBubblewrap === null) sandboxes = await createBubblewrapProvider();
});
afterAll(async () => {
  if (withoutBubblewrap === null) await sandboxes.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Words of the tests of a repository that holds this one test file. */
async function run(name: string, lines: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const tree = join(scratch, name);
  mkdirSync(tree);
  writeFileSync(join(tree, "test_it.py"), `${lines.join("\n")}\n`);
  const spec = { rootfs: { kind: "host" }, tree, workdir: "/testbed", env: {}, limits } as const;
  const [found] = await runVariants({ sandboxes, spec, signal }, [UNTOUCHED]);
  expect(found?.status).toBe("ran");
  return found?.tests ?? {};
}

describe.skipIf(withoutBubblewrap !== null)(`runVariants ${withoutBubblewrap ?? ""}`, () => {
  it("tells subtests from the test they belong to, which read as an error under pytest 9", async () => {
    const words = await run("subtests", [
      "import unittest",
      "class TestIt(unittest.TestCase):",
      "    def test_all_pass(self):",
      "        for n in range(3):",
      "            with self.subTest(n=n):",
      "                self.assertLess(n, 3)",
      "    def test_one_fails(self):",
      "        for n in range(3):",
      "            with self.subTest(n=n):",
      "                self.assertLess(n, 2)",
    ]);
    expect(words).toEqual({
      "test_it.py::TestIt::test_all_pass": "PASSED",
      "test_it.py::TestIt::test_one_fails": "FAILED",
    });
  });

  it("has a word for every way a test can end", async () => {
    const words = await run("words", [
      "import pytest",
      "def test_pass(): pass",
      "def test_fail(): assert False",
      "def test_skip(): pytest.skip('no')",
      "@pytest.mark.xfail",
      "def test_xfail(): assert False",
      "@pytest.fixture",
      "def broken(): raise ValueError",
      "def test_error(broken): pass",
    ]);
    const found = Object.fromEntries(Object.entries(words).map(([id, word]) => [id.split("::test_")[1], word]));
    expect(found).toEqual({ pass: "PASSED", fail: "FAILED", skip: "SKIPPED", xfail: "XFAIL", error: "ERROR" });
  });
});
