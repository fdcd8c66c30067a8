import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadTaskRepo } from "../../src/adapters/tasks/load-task-repo.ts";
import { mine, type MineFlags } from "../../src/commands/tasks-mine.ts";
import { captureContext } from "../fakes/captured-context.ts";
import { commitAll, git, SHELF_FILES, writeFiles } from "../fakes/python-repository.ts";
import { withoutBubblewrap } from "../fakes/machine.ts";

const SHELF = SHELF_FILES["shelf.py"] as string;
const TESTS = SHELF_FILES["tests/test_shelf.py"] as string;
let scratch: string;
let repository: string;
let out: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "swerl-mine-"));
  repository = join(scratch, "shelf");
  out = join(scratch, "out");
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

async function run(flags: Partial<MineFlags> = {}): Promise<Record<string, unknown>> {
  const { context, readStdout } = captureContext();
  const limits = { count: 10, changes: 100, repeats: 1, jobs: 2 };
  const code = await mine({ repository, out, ...limits, json: true, dryRun: false, ...flags }, context);
  expect(code).toBe(0);
  return JSON.parse(readStdout()) as Record<string, unknown>;
}

function makeHistory(): { readonly fix: string; readonly base: string; readonly merge: string } {
  const shelf = SHELF.replace("return -1", "return None");
  const tests = TESTS.replace('    assert shelf.find("pot") == -1\n', "");
  writeFiles(repository, { ...SHELF_FILES, "shelf.py": shelf, "tests/test_shelf.py": tests });
  const base = commitAll(repository, "Shelf");
  writeFiles(repository, { "shelf.py": SHELF, "tests/test_shelf.py": TESTS });
  const fix = commitAll(repository, "find() of what is not there (#12)\n\nIt gave None.\n\nSigned-off-by: Ann <a@b>\n");

  writeFiles(repository, { "tests/test_shelf.py": `${TESTS}\n\ndef test_more():\n    assert True\n` });
  commitAll(repository, "More tests, no code");
  writeFiles(repository, {
    "shelf.py": SHELF.replace("# the next place", "# go on"),
    "tests/test_shelf.py": `${TESTS}\n\ndef test_other():\n    assert True\n`,
  });
  commitAll(repository, "A comment, with a test that passes before it");

  git(repository, "checkout", "-q", "-b", "topic");
  writeFiles(repository, {
    "shelf.py": `${SHELF}\n\ndef count(rows):\n    return sum(len(row) for row in rows)\n`,
    "tests/test_count.py": "from shelf import count\n\n\ndef test_count():\n    assert count([[1], [2, 3]]) == 3\n",
  });
  commitAll(repository, "Count what lies on several shelves");
  git(repository, "checkout", "-q", "main");
  git(repository, "merge", "-q", "--no-ff", "-m", "Merge branch 'topic'", "topic");
  return { base, fix, merge: git(repository, "rev-parse", "HEAD") };
}

describe.skipIf(withoutBubblewrap !== null)(`tasks mine ${withoutBubblewrap ?? ""}`, () => {
  it("makes instances of commits and merges whose tests tell the difference", async () => {
    const { base, fix, merge } = makeHistory();
    const report = await run();
    expect(report).toMatchObject({ changes: 4, candidates: 3, tried: 3, kept: 2, dropped: { no_fail_to_pass: 1 } });
    const instances = new Map(loadTaskRepo(out).map((instance) => [instance.instance_id, instance]));
    const found = instances.get(`shelf-${fix.slice(0, 12)}`)!;
    expect(found).toMatchObject({ base_commit: base, FAIL_TO_PASS: ["tests/test_shelf.py::test_find"] });
    expect(found.PASS_TO_PASS).toContain("tests/test_shelf.py::test_spread");
    expect(found.problem_statement).toContain("find() of what is not there\n\nIt gave None.");
    expect(found.problem_statement).toContain('shelf.find("pot") == -1');
    expect(found.problem_statement).not.toMatch(/#12|Signed-off-by/);
    expect(found.gold_patch).not.toContain("tests/");
    expect(found.test_patch).not.toContain("a/shelf.py");
    const added = instances.get(`shelf-${merge.slice(0, 12)}`)!;
    expect(added.FAIL_TO_PASS).toEqual(["tests/test_count.py::test_count"]);
    expect(added.problem_statement).toMatch(/^Count what lies on several shelves/);
    expect(readdirSync(join(out, "repos"))).toHaveLength(2);

    // A finished set is left as it is; new changes join it.
    const files = readdirSync(join(out, "tasks"));
    expect(await run()).toMatchObject({ tried: 3, kept: 2 });
    expect(readdirSync(join(out, "tasks"))).toEqual(files);
  });

  it("reads a bare clone, and only lists with --dry-run", async () => {
    makeHistory();
    const bare = join(scratch, "bare.git");
    git(scratch, "clone", "-q", "--bare", repository, bare);
    expect(await run({ repository: bare, dryRun: true })).toMatchObject({ changes: 4, candidates: 3 });
    expect(readdirSync(scratch).sort()).toEqual(["bare.git", "shelf"]);
  });

  it("refuses a folder without a history and a history without tests", async () => {
    writeFiles(repository, SHELF_FILES);
    await expect(run()).rejects.toMatchObject({ code: "SWERL_REPOSITORY_NO_GIT" });
    commitAll(repository, "Shelf");
    await expect(run()).rejects.toMatchObject({ code: "SWERL_HISTORY_EMPTY" });
    expect(readdirSync(scratch)).toEqual(["shelf"]);
  });
});
