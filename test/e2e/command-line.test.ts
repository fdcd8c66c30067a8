import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { buildSwerl, runSwerl } from "../fakes/swerl-process.ts";

describe("swerl", () => {
  const folder = mkdtempSync(join(tmpdir(), "swerl-cli-"));
  beforeAll(buildSwerl);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["rollout"],
    ["rft"],
    ["train"],
    ["eval"],
    ["doctor"],
    ["report"],
    ["tasks", "validate"],
    ["tasks", "import"],
    ["tasks", "ls"],
    ["tasks", "show"],
    ["tasks", "filter"],
    ["tasks", "export"],
    ["tasks", "drill"],
    ["tasks", "synthesize"],
    ["tasks", "mine"],
  ])("%s %s --help has an example", async (...command) => {
    const { code, stdout } = await runSwerl([...command.filter(Boolean), "--help"], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}swerl /);
  });

  it("documents its exit codes", async () => {
    const { stdout } = await runSwerl(["--help"], folder);
    expect(stdout).toContain("2 input");
    expect(stdout).toContain("130 interrupted");
  });

  it.each([
    [["evaluate"], "unknown command"],
    [["eval", "--cofnig", "x"], "--config"],
    [["eval", "--set", "eval.trajectories_per_instance=none"], "eval.trajectories_per_instance: expected a number"],
    [["train", "--set", "trian.iterations=1"], "did you mean train?"],
    [["eval", "-c", "nowhere.yaml"], "nowhere.yaml: cannot be read: no such file"],
    [["eval", "--set", "tasks.path=nowhere"], "nowhere"],
    [["report", "nowhere"], "no run is there"],
    [["tasks", "drill", "--train", "-3"], "expected a whole number"],
  ])("%j is answered on one screen with exit code 2, and creates nothing", async (args, expected) => {
    const { code, stdout, stderr } = await runSwerl(args, folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain("    at ");
    expect(stderr.split("\n").length).toBeLessThan(25);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("prints no control character of a name", async () => {
    const { code, stdout } = await runSwerl(["images", "unpack", "--dry-run", "a\u001b[2J\nb"], folder);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "would unpack a\\u001b[2J\\u000ab\n" });
  });

  it("answers an error as one JSON object with --json", async () => {
    const { code, stdout } = await runSwerl(["eval", "--json", "--set", "run.sed=1"], folder);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "SWERL_CONFIG" } });
  });

  describe("with a task set", () => {
    beforeAll(async () => {
      const { code } = await runSwerl(
        ["tasks", "drill", "--out", "drill", "--train", "3", "--dev", "2", "--test", "2"],
        folder,
      );
      expect(code).toBe(0);
    });

    it.each(["rollout", "rft", "train", "eval"])(
      "%s --dry-run prints the plan and creates nothing",
      async (command) => {
        const before = readdirSync(folder);
        const { code, stdout } = await runSwerl(
          [command, "--dry-run", "--set", "tasks.path=drill", "--set", "tasks.split=train"],
          folder,
        );
        expect(code).toBe(0);
        expect(stdout).toContain(`# swerl ${command} would write to runs/${command}`);
        expect(stdout).toContain("# 3 task instances of drill");
        expect(readdirSync(folder)).toEqual(before);
        // The printed configuration is a configuration.
        writeFileSync(join(folder, "resolved.yaml"), stdout);
        const again = await runSwerl([command, "--dry-run", "-c", "resolved.yaml"], folder);
        rmSync(join(folder, "resolved.yaml"));
        expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: "" });
      },
    );

    it("says which instances there are when none is selected", async () => {
      const { code, stderr } = await runSwerl(
        ["eval", "--set", "tasks.path=drill", "--set", "tasks.split=devel"],
        folder,
      );
      expect(code).toBe(2);
      expect(stderr).toContain("7 instances, splits dev, test, train");
    });
  });
});
