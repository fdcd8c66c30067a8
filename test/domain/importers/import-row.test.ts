import { describe, expect, it } from "vitest";

import { type ImportOptions, importRow } from "../../../src/domain/importers/import-row.ts";

const PATCH = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-x\n+y\n";
const TEST_PATCH =
  "diff --git a/tests/test_a.py b/tests/test_a.py\n--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1,1 +1,1 @@\n-x\n+y\n" +
  "diff --git a/tests/test_b.py b/tests/test_b.py\nnew file mode 100644\n--- /dev/null\n+++ b/tests/test_b.py\n@@ -0,0 +1,1 @@\n+x\n" +
  "diff --git a/tests/data.json b/tests/data.json\nnew file mode 100644\n--- /dev/null\n+++ b/tests/data.json\n@@ -0,0 +1,1 @@\n+x\n";

const common = {
  instance_id: "acme__tool-12",
  repo: "acme/tool",
  base_commit: "b".repeat(40),
  patch: PATCH,
  test_patch: TEST_PATCH,
  problem_statement: "It breaks.",
  hints_text: "",
  created_at: "2024-01-01T00:00:00Z",
  version: "1.2",
};

/** The shape of nebius/SWE-rebench. */
const rebench = {
  ...common,
  FAIL_TO_PASS: ["tests/test_a.py::test_x"],
  PASS_TO_PASS: [],
  FAIL_TO_FAIL: [],
  PASS_TO_FAIL: [],
  meta: { llm_score: { difficulty_score: 1 } },
  install_config: {
    python: "3.9",
    packages: "requirements.txt",
    install: "pip install -e .[dev]",
    test_cmd: "pytest --no-header -rA --tb=line --color=no -p no:cacheprovider",
    log_parser: "parse_log_pytest",
    pre_install: null,
  },
  docker_image: null,
  image_name: "swerebench/sweb.eval.x86_64.acme_1776_tool-12",
};

/** The shape of SWE-bench from version 5 on. */
const swebench = {
  ...common,
  FAIL_TO_PASS: '["tests/test_a.py::test_x"]',
  PASS_TO_PASS: "[]",
  image: "swebench/sweb.eval.x86_64.acme_1776_tool-12:latest",
  log_parser: "parse_log_pytest_v2",
  eval_type: "pass_and_fail",
  eval_script: "#!/bin/bash\n",
};

const options = (format: ImportOptions["format"]): ImportOptions => ({ format, split: "test" });

describe("importRow", () => {
  it("reads a version 5 row as it is", () => {
    const { instance, problems } = importRow(swebench, options("swebench"));
    expect(problems).toEqual([]);
    expect(instance).toMatchObject({
      image: swebench.image,
      workdir: "/testbed",
      FAIL_TO_PASS: ["tests/test_a.py::test_x"],
      PASS_TO_PASS: [],
      log_parser: "parse_log_pytest_v2",
      eval_script: "#!/bin/bash\n",
      gold_patch: PATCH,
    });
    expect(instance).not.toHaveProperty("hints");
  });

  it("makes eval.sh of an install_config: added tests removed, changed ones reset, data is no test", () => {
    const { instance } = importRow(rebench, options("swe-rebench"));
    expect(instance!.log_parser).toBe("parse_log_pytest@v4");
    const script = instance!.eval_script.split("\n");
    expect(script).toContain("git checkout HEAD -- tests/test_a.py");
    expect(script).toContain("rm -f tests/test_b.py tests/data.json");
    expect(script.find((line) => line.startsWith("LANG="))).toMatch(
      /no:cacheprovider tests\/test_a.py tests\/test_b.py$/,
    );
  });

  it("puts version 2 of SWE-rebench in its own folder", () => {
    const row = { ...rebench, install_config: { ...rebench.install_config, test_cmd: ["make", "pytest -rA"] } };
    const { instance } = importRow(row, options("swe-rebench-v2"));
    expect(instance!.workdir).toBe("/tool");
    expect(instance!.eval_script).toContain(
      "make\n: '>>>>> Start Test Output'\nLANG=C.UTF-8 LC_ALL=C.UTF-8 pytest -rA\n",
    );
  });

  it("derives images where rows name none, and follows the longest mirror", () => {
    const { image_name: _, ...unnamed } = rebench;
    expect(importRow(unnamed, options("swe-gym")).instance!.image).toBe(
      "xingyaoww/sweb.eval.x86_64.acme_s_tool-12:latest",
    );
    const imageMirrors = { swerebench: "mirror.local/x", "swerebench/sweb": "mirror.local/y/sweb" };
    expect(importRow(rebench, { ...options("swe-rebench"), imageMirrors }).instance!.image).toBe(
      "mirror.local/y/sweb.eval.x86_64.acme_1776_tool-12",
    );
  });

  it.each([
    ["FAIL_TO_PASS", { ...swebench, FAIL_TO_PASS: "not json" }, "swebench"],
    ["FAIL_TO_PASS", { ...swebench, FAIL_TO_PASS: "[]" }, "swebench"],
    ["instance_id", { ...swebench, instance_id: "../../x" }, "swebench"],
    ["patch", { ...swebench, patch: "no patch" }, "swebench"],
    ["test_patch", { ...swebench, test_patch: TEST_PATCH.slice(0, -4) }, "swebench"],
    ["eval_script", { ...swebench, eval_script: null }, "swebench"],
    ["log_parser", { ...swebench, log_parser: "parse_log_cargo" }, "swebench"],
    ["install_config", { ...rebench, install_config: null }, "swe-rebench"],
    ["install_config.log_parser", { ...rebench, install_config: { test_cmd: "x", log_parser: "zig" } }, "swe-rebench"],
    ["problem_statement", { ...rebench, problem_statement: null }, "swe-rebench"],
  ] as const)("names %s of a malformed row", (field, row, format) => {
    const { instance, problems } = importRow(row, options(format));
    expect(instance).toBeNull();
    expect(problems.map((problem) => problem.field)).toEqual([field]);
  });
});
