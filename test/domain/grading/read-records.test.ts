import { describe, expect, it } from "vitest";

import { readRecords } from "../../../src/domain/grading/read-records.ts";

const NONCE = "a".repeat(32);
const lines = (...texts: string[]): string => texts.map((text, index) => `${NONCE} ${index} ${text}\n`).join("");

describe("readRecords", () => {
  it("reads a whole answer", () => {
    const answer = readRecords(lines("start", "test 1 FAILED", "test 0 PASSED", "end 1"), NONCE, 2);
    expect(answer).toEqual({
      kind: "complete",
      exitCode: 1,
      statuses: new Map([
        [1, "FAILED"],
        [0, "PASSED"],
      ]),
    });
  });

  it("tells a run that did not start from one that died", () => {
    expect(readRecords("", NONCE, 2)).toEqual({ kind: "not_started", missing: null });
    expect(readRecords(lines("missing pytest"), NONCE, 2)).toEqual({ kind: "not_started", missing: "pytest" });
    expect(readRecords(lines("start", "test 0 PASSED"), NONCE, 2)).toEqual({ kind: "died" });
  });

  it.each([
    ["another nonce", lines("start") + `${"b".repeat(32)} 1 test 0 PASSED\n`],
    ["a number left out", lines("start") + `${NONCE} 2 test 0 PASSED\n`],
    ["one test twice", lines("start", "test 0 PASSED", "test 0 PASSED")],
    ["an unknown test", lines("start", "test 2 PASSED")],
    ["an unknown word", lines("start", "test 0 GREAT")],
    ["more after the end", lines("start", "end 1", "test 0 PASSED")],
    ["no start", lines("test 0 PASSED")],
    ["printed text", lines("start") + "PASSED tests/test_a.py::test_x\n"],
    ["half a line", lines("start") + `${NONCE} 1 te`],
  ])("refuses %s", (_, channel) => {
    expect(readRecords(channel, NONCE, 2).kind).toBe("forged");
  });
});
