import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadTaskRepo } from "../../../src/adapters/tasks/load-task-repo.ts";
import { createTaskRepoSource } from "../../../src/adapters/tasks/task-repo-source.ts";
import { writeTaskRepo } from "../../../src/adapters/tasks/write-task-repo.ts";
import { createDrillInstances } from "../../../src/domain/drill/drill-instance.ts";
import { InputError } from "../../../src/platform/errors.ts";

const STARTER = "tasks/starter";
const signal = new AbortController().signal;
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "swerl-tasks-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", args, { cwd, encoding: "utf8" }).trim();
}

function copyOne(id: string): string {
  const repo = join(scratch, "repo");
  mkdirSync(join(repo, "tasks"), { recursive: true });
  cpSync(join(STARTER, "repos/pennybook"), join(repo, "repos/pennybook"), { recursive: true });
  cpSync(join(STARTER, "tasks", id), join(repo, "tasks", id), { recursive: true });
  cpSync(join(STARTER, "sweb.yaml"), join(repo, "sweb.yaml"));
  return repo;
}

describe("loadTaskRepo", () => {
  it("reads back exactly the instances that writeTaskRepo wrote", async () => {
    const instances = createDrillInstances("train", 5, 1);
    await writeTaskRepo(scratch, "drill", instances);
    expect(loadTaskRepo(scratch)).toEqual(instances);
  });

  it("names file, line, field, value and expectation of every problem at once", () => {
    const repo = copyOne("starter__pennybook-12");
    const folder = join(repo, "tasks/starter__pennybook-12");
    const yaml = readFileSync(join(folder, "task.yaml"), "utf8");
    writeFileSync(
      join(folder, "task.yaml"),
      yaml.replace("eval_type: pass_and_fail", "eval_type: maybe").replace("test_runner: pytest", "test_runnr: pytest"),
    );
    writeFileSync(join(folder, "tests.json"), '{"FAIL_TO_PASS": [], "PASS_TO_PASS": []}');
    const error = capture(() => loadTaskRepo(repo));
    const line = yaml.split("\n").findIndex((text) => text.startsWith("eval_type")) + 1;
    expect(error.message).toContain(`task.yaml:${line} eval_type: got "maybe", expected`);
    expect(error.message).toContain("swerl.test_runner: got nothing, expected");
    expect(error.message).toContain('swerl: got ["test_runnr"], expected no such key');
    expect(error.message).toContain("tests.json FAIL_TO_PASS: got []");
    expect(error.message).toMatch(/^4 problems/);
  });

  it("names files that are not there and a folder that is no task repo", () => {
    const repo = copyOne("starter__pennybook-12");
    rmSync(join(repo, "tasks/starter__pennybook-12/gold.patch"));
    expect(capture(() => loadTaskRepo(repo)).message).toContain("gold.patch got nothing, expected this file");
    expect(capture(() => loadTaskRepo(join(scratch, "nowhere"))).code).toBe("SWERL_TASK_REPO_MISSING");
  });
});

describe("createTaskRepoSource", () => {
  it("prepares the broken tree with one clean commit that git itself finds sound", async () => {
    const source = createTaskRepoSource({ directory: STARTER, cacheDirectory: join(scratch, "trees") });
    const instance = source.instances.find((one) => one.instance_id === "starter__pennybook-12")!;
    const { tree, workdir } = await source.prepare(instance, signal);
    expect(workdir).toBe("/testbed");
    expect(readFileSync(join(tree!, "src/pennybook/money.py"), "utf8")).toContain("shares = [int(Decimal(self.units)");
    expect(git(tree!, "fsck", "--strict", "--full")).toBe("");
    expect(git(tree!, "status", "--porcelain")).toBe("");
    expect(git(tree!, "rev-list", "--all", "--count")).toBe("1");
    expect(git(tree!, "rev-parse", "HEAD")).toBe(instance.base_commit);
    expect(git(tree!, "remote") + git(tree!, "tag") + git(tree!, "reflog")).toBe("");
    expect(existsSync(join(tree!, ".git/logs"))).toBe(false);
    execFileSync("git", ["apply", "--check", "-"], { cwd: tree!, input: instance.gold_patch });
    execFileSync("git", ["apply", "--check", "-"], { cwd: tree!, input: instance.test_patch });
  });

  it("builds a tree once for many callers, and again only when its source changes", async () => {
    const repo = copyOne("starter__pennybook-12");
    const open = () => createTaskRepoSource({ directory: repo, cacheDirectory: join(scratch, "trees") });
    const sources = [open(), open(), open()];
    const trees = await Promise.all(
      sources.flatMap((source) => [1, 2, 3].map(() => source.prepare(source.instances[0]!, signal))),
    );
    expect(new Set(trees.map((spec) => spec.tree)).size).toBe(1);
    expect(readdirSync(join(scratch, "trees"))).toHaveLength(1);
    writeFileSync(join(repo, "repos/pennybook/README.md"), "changed\n");
    const again = open();
    expect((await again.prepare(again.instances[0]!, signal)).tree).not.toBe(trees[0]!.tree);
  });

  it("gives the same commit as git for executables, links, odd names and nested folders", async () => {
    const repo = copyOne("starter__pennybook-12");
    const base = join(repo, "repos/pennybook");
    mkdirSync(join(base, "a/b"), { recursive: true });
    mkdirSync(join(base, "empty"));
    writeFileSync(join(base, "a.txt"), "");
    writeFileSync(join(base, "a/b/ü x.sh"), "#!/bin/sh\n", { mode: 0o755 });
    execFileSync("ln", ["-s", "../a.txt", join(base, "a/link")]);
    const source = createTaskRepoSource({ directory: repo, cacheDirectory: join(scratch, "trees") });
    const { tree } = await source.prepare(source.instances[0]!, signal);
    const ours = git(tree!, "rev-parse", "HEAD^{tree}");
    rmSync(join(tree!, ".git"), { recursive: true });
    git(tree!, "init", "-q");
    git(tree!, "add", "-A");
    expect(git(tree!, "write-tree")).toBe(ours);
  });

  it("says which patch does not fit and which source is missing", async () => {
    const repo = copyOne("starter__pennybook-12");
    writeFileSync(join(repo, "repos/pennybook/src/pennybook/money.py"), "x = 1\n");
    const source = createTaskRepoSource({ directory: repo, cacheDirectory: join(scratch, "trees") });
    await expect(source.prepare(source.instances[0]!, signal)).rejects.toMatchObject({ code: "SWERL_TASK_BUG_PATCH" });
    expect(readdirSync(join(scratch, "trees"))).toEqual([]);
    rmSync(join(repo, "repos"), { recursive: true });
    const gone = createTaskRepoSource({ directory: repo, cacheDirectory: join(scratch, "trees") });
    await expect(gone.prepare(gone.instances[0]!, signal)).rejects.toMatchObject({ code: "SWERL_TASK_SOURCE_MISSING" });
  });
});

function capture(action: () => unknown): InputError {
  try {
    action();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
