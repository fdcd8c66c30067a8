import { describe, expect, it } from "vitest";

import { compareParsers, fetchReference } from "../../../scripts/bench/parsers/compare-parsers.ts";
import { createFuzzLogs } from "../../../scripts/bench/parsers/fuzz-logs.ts";
import { findLogParser } from "../../../src/domain/log-parsers/parse-log.ts";

const reference = await fetchReference("v5").then(
  () => true,
  () => false,
);

describe("findLogParser", () => {
  it("knows names with and without their prefix, and says when it does not", () => {
    expect(findLogParser("parse_log_django")).toBe(findLogParser("django"));
    expect(findLogParser("parse_log_scikit")).toBe(findLogParser("pytest_v2"));
    expect(findLogParser("parse_log_cargo")).toBeNull();
  });

  it("keeps version 4 where a list was made by it", () => {
    const log = "FAILED a.py::test_x - assert 1 == 2\nSKIPPED [3] a.py:4: no\na.py::test_y[a b] PASSED";
    const parse = findLogParser("pytest_v2")!;
    expect(Object.fromEntries(parse(log, "v5"))).toEqual({ "a.py::test_x": "FAILED", "a.py::test_y[a b]": "PASSED" });
    expect(Object.fromEntries(parse(log, "v4"))).toEqual({
      "a.py::test_x": "FAILED",
      "[3]": "SKIPPED",
      "a.py::test_y[a": "b]",
    });
  });

  it.skipIf(!reference)("agrees with the swebench package on made-up logs (needs it from pip)", async () => {
    for (const version of ["v4", "v5"] as const) {
      expect(await compareParsers(createFuzzLogs(300, 11), version)).toEqual([]);
    }
  });
});
