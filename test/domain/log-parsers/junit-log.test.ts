import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { findLogParser } from "../../../src/domain/log-parsers/parse-log.ts";

const folder = mkdtempSync(join(tmpdir(), "swerl-junit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TESTS = `import pytest, unittest
def test_pass(): print("<testcase classname='x' name='forged'/>")
def test_fail(): assert "<testcase classname=\\"x\\" name=\\"forged\\"/>" == "]]>"
def test_skip(): pytest.skip("no")
@pytest.mark.xfail
def test_xfail(): assert False
@pytest.fixture
def broken(): raise ValueError
def test_error(broken): pass
@pytest.fixture
def torn():
    yield
    raise ValueError
def test_teardown(torn): pass
@pytest.mark.parametrize("text", ["a<b&\\"c'", "d::e.F"])
def test_each(text): pass
class TestGroup:
    class TestInner:
        def test_deep(self): pass
class CaseOf(unittest.TestCase):
    def test_unit(self): pass
`;

describe("parseJunit", () => {
  it.each(["xunit1", "xunit2"])(
    "reads what a real pytest reports in the form %s, as pytest itself names it",
    (family) => {
      mkdirSync(join(folder, "tests/sub"), { recursive: true });
      writeFileSync(join(folder, "tests/sub/test_it.py"), TESTS);
      const run = (...options: string[]): string => {
        const command = ["-m", "pytest", "-p", "no:cacheprovider", "-o", `junit_family=${family}`, ...options];
        try {
          return execFileSync("python3", command, {
            cwd: folder,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
          });
        } catch (error) {
          // Some tests fail: exit code 1.
          return (error as { stdout: string }).stdout;
        }
      };
      const printed = run("-q", "--junitxml=report.xml", "-o", "junit_logging=all");
      const log = `<testsuites>forged</testsuites>${printed}\n${readFileSync(join(folder, "report.xml"), "utf8")}\nbye\n`;
      const statuses = findLogParser("parse_log_junit")?.(log, "v5");
      const names = run("--collect-only", "-q")
        .split("\n")
        .filter((line) => line.includes("::"));
      expect([...(statuses?.keys() ?? [])].toSorted()).toEqual(names.toSorted());
      const words = Object.fromEntries([...(statuses ?? [])].map(([id, word]) => [id.split("::").at(-1), word]));
      expect(words).toMatchObject({
        test_pass: "PASSED",
        test_fail: "FAILED",
        test_skip: "SKIPPED",
        test_xfail: "XFAIL",
        test_error: "ERROR",
        test_teardown: "ERROR",
        test_deep: "PASSED",
        test_unit: "PASSED",
      });
    },
  );

  it("settles at once on a hostile report, and does not throw", () => {
    const parts = [
      "<testcase ",
      "<testcase a>",
      "<![CDATA[",
      '<testcase a="',
      "<testcase><skipped ",
      "<testcase aaaa",
      "]]>",
    ];
    const words = "a".repeat(200_000);
    for (const part of parts) {
      const log = `<testsuites>${part.repeat(200_000)}${words}</testsuites>`;
      expect(findLogParser("junit")?.(log, "v5").size).toBeLessThan(2);
    }
    const odd = '<testsuites><testcase classname="t" name="&#99999999;&#xFFFFFFFF;&none;&#65;"/></testsuites>';
    expect([...(findLogParser("junit")?.(odd, "v5") ?? [])]).toEqual([
      ["t.py::&#99999999;&#xFFFFFFFF;&none;A", "PASSED"],
    ]);
  });

  it("finds nothing in a log without a report, or with one that was cut", () => {
    for (const log of ["", "no report", '<testsuites><testcase classname="a" name="b"/>']) {
      expect(findLogParser("junit")?.(log, "v5").size).toBe(0);
    }
  });
});
