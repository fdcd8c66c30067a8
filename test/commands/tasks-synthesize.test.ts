import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadTaskRepo } from "../../src/adapters/tasks/load-task-repo.ts";
import { synthesize, type SynthesizeFlags } from "../../src/commands/tasks-synthesize.ts";
import { computeDigest } from "../../src/pipelines/grader.ts";
import { captureContext } from "../fakes/captured-context.ts";
import { commitAll, git, SHELF_FILES, writeFiles } from "../fakes/python-repository.ts";
import { withoutBubblewrap } from "../fakes/machine.ts";

let scratch: string;
let repository: string;
let out: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "swerl-synthesize-"));
  repository = join(scratch, "shelf");
  out = join(scratch, "out");
  writeFiles(repository, SHELF_FILES);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

interface Report {
  readonly bugs: number;
  readonly tried: number;
  readonly kept: number;
  readonly candidates: number;
  readonly dropped: Readonly<Record<string, number>>;
}

async function run(flags: Partial<SynthesizeFlags> = {}): Promise<Report> {
  const { context, readStdout } = captureContext();
  const code = await synthesize(
    {
      repository,
      out,
      count: 2,
      seed: 0,
      maxFailing: 5,
      repeats: 1,
      jobs: 2,
      allowFailing: false,
      json: true,
      dryRun: false,
      ...flags,
    },
    context,
  );
  expect(code).toBe(0);
  return JSON.parse(readStdout()) as Report;
}

const SEARCH = `def search(items, item, start=0):
    while start < len(items):
        if items[start] == item:
            return start
        start += 1
    return -1
`;
const SEARCH_TEST = `

def NAME():
    assert shelf.search("abc", "c") == 2
`;

describe.skipIf(withoutBubblewrap !== null)(`tasks synthesize ${withoutBubblewrap ?? ""}`, () => {
  it("makes valid instances, the same ones for the same seed, and goes on where it was", async () => {
    const head = commitAll(repository, "Shelf");
    expect(await run()).toMatchObject({ kept: 2 });
    const first = loadTaskRepo(out);
    expect(first).toHaveLength(2);
    for (const instance of first) {
      expect(instance).toMatchObject({ repo: "shelf", version: "1.2.0", base_commit: head, image: null });
      expect(instance.gold_patch).toContain("diff --git a/shelf.py b/shelf.py");
      expect(instance.test_patch).toContain("+def test_");
      expect(instance.FAIL_TO_PASS.length).toBeLessThanOrEqual(5);
      expect(instance.problem_statement).not.toMatch(/shelf\.py|line \d/);
      const bug = readFileSync(join(out, "tasks", instance.instance_id, "bug.patch"), "utf8");
      // One changed place in the program; everything else of the file stays as it was.
      expect(bug.split("diff --git ").filter((part) => part.startsWith("a/shelf.py"))).toHaveLength(1);
    }
    const lock = JSON.parse(readFileSync(join(out, "validation.lock.json"), "utf8")) as {
      rows: { problems: string[]; digest: string }[];
    };
    expect(lock.rows.map((row) => row.problems)).toEqual([[], []]);
    // What was validated is what a reader of the set reads.
    expect(lock.rows.map((row) => row.digest)).toEqual(first.map(computeDigest));

    const other = join(scratch, "other");
    await run({ out: other, count: 1 });
    const [same] = loadTaskRepo(other);
    expect(first.map((instance) => instance.instance_id)).toContain(same!.instance_id);
    expect(first).toContainEqual(same);

    const grown = await run({ out: other });
    expect(grown.kept).toBe(2);
    expect(loadTaskRepo(other)).toEqual(first);
    await expect(run({ out: other, seed: 1 })).rejects.toMatchObject({ code: "SWERL_TASKS_OTHER_SETTINGS" });
  }, 300_000);

  it("drops what hangs, what no test notices and what breaks too much, and says how many of each", async () => {
    writeFiles(repository, {
      "shelf.py": `${SEARCH}\n\ndef unused(value):\n    return value + 1\n`,
      "tests/test_shelf.py": `import shelf\n${[1, 2, 3].map((number) => SEARCH_TEST.replace("NAME", `test_${number}`)).join("")}`,
    });
    const report = await run({ count: 500, maxFailing: 2 });
    expect(report.tried).toBe(report.candidates);
    const dropped = Object.values(report.dropped).reduce((total, count) => total + count, 0);
    expect(report.kept + dropped).toBe(report.tried);
    expect(report.dropped["hangs"]).toBeGreaterThan(0);
    expect(report.dropped["no_test_fails"]).toBeGreaterThan(0);
    expect(report.dropped["too_many_fail"]).toBeGreaterThan(0);
    // No test enters `unused`: its three bugs are no candidates.
    expect(report.candidates).toBe(report.bugs - 3);
  }, 300_000);

  it.each([
    ["no folder", () => rmSync(repository, { recursive: true }), "SWERL_REPOSITORY_MISSING"],
    [
      "uncommitted changes",
      () => {
        commitAll(repository, "Shelf");
        writeFileSync(join(repository, "shelf.py"), "x = 1\n");
      },
      "SWERL_REPOSITORY_DIRTY",
    ],
    ["no code", () => rmSync(join(repository, "shelf.py")), "SWERL_REPOSITORY_NO_CODE"],
    ["no tests", () => rmSync(join(repository, "tests"), { recursive: true }), "SWERL_SUITE_EMPTY"],
    [
      "tests that fail",
      () => writeFileSync(join(repository, "test_b.py"), "def test_b():\n    assert 0\n"),
      "SWERL_SUITE_FAILS",
    ],
    [
      "tests that do not load",
      () => writeFileSync(join(repository, "test_b.py"), "import nowhere\n"),
      "SWERL_SUITE_BROKEN",
    ],
  ])("refuses a repository with %s, and creates nothing", async (_name, spoil, code) => {
    spoil();
    await expect(run()).rejects.toMatchObject({ code });
    expect(existsSync(out)).toBe(false);
  });

  it("leaves tests that fail already out when asked", async () => {
    writeFileSync(join(repository, "tests/test_b.py"), "def test_b():\n    assert 0\n");
    writeFileSync(join(repository, "tests/test_c.py"), "import nowhere\n");
    expect((await run({ allowFailing: true, count: 1 })).kept).toBe(1);
  });

  it("obeys no configuration of the repository on the host", async () => {
    commitAll(repository, "Shelf");
    const trap = join(scratch, "trap");
    const program = join(scratch, "program");
    writeFileSync(program, `#!/bin/sh\ntouch ${trap}\ncat\n`);
    chmodSync(program, 0o755);
    mkdirSync(join(repository, ".git/hooks"), { recursive: true });
    writeFileSync(join(repository, ".git/hooks/post-checkout"), readFileSync(program), { mode: 0o755 });
    for (const key of ["core.fsmonitor", "filter.x.clean", "filter.x.smudge", "diff.external", "core.pager"]) {
      git(repository, "config", key, program);
    }
    mkdirSync(join(repository, ".git/info"), { recursive: true });
    writeFileSync(join(repository, ".git/info/attributes"), "* filter=x\n");
    rmSync(trap, { force: true });
    expect(await run({ dryRun: true })).toMatchObject({ package: "shelf" });
    expect(existsSync(trap)).toBe(false);
    expect(readdirSync(scratch).sort()).toEqual(["program", "shelf"]);
  });
});
