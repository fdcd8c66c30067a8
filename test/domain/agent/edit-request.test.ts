import { describe, expect, it } from "vitest";

import { applyEdit, parseEditRequest } from "../../../src/domain/agent/edit-request.ts";
import { linesOf } from "../../../src/domain/agent/file-window.ts";
import { splitWords } from "../../../src/domain/agent/split-words.ts";

describe("parseEditRequest", () => {
  it("takes what follows the range after one space literally", () => {
    expect(parseEditRequest("edit 3:4     return x")).toEqual({
      path: null,
      start: 3,
      end: 4,
      replacement: ["    return x"],
    });
  });

  it("reads a file and a heredoc of several lines", () => {
    expect(parseEditRequest("edit --file 'my file.py' 1:2 << 'EOF'\na\n  b\n\nEOF\n")).toEqual({
      path: "my file.py",
      start: 1,
      end: 2,
      replacement: ["a", "  b", ""],
    });
  });

  it("deletes the range when nothing follows it", () => {
    expect(parseEditRequest("edit 2:5")).toEqual({ path: null, start: 2, end: 5, replacement: [] });
  });

  it.each(["edit", "edit 3", "edit x:y z", "edit 3:"])("answers the usage for %s", (command) => {
    expect(parseEditRequest(command)).toContain("Usage: edit");
  });

  it("says when the heredoc is not closed", () => {
    expect(parseEditRequest("edit 1:1 << EOF\na")).toContain("EOF");
  });
});

describe("applyEdit", () => {
  const request = (start: number, end: number, replacement: string[]) => ({ path: null, start, end, replacement });

  it.each([
    ["a\nb\nc\n", request(2, 2, ["x", "y"]), "a\nx\ny\nc\n"],
    ["a\nb\nc", request(3, 3, ["x"]), "a\nb\nx"],
    ["a\n", request(1, 1, []), ""],
    ["\n", request(1, 1, ["x"]), "x\n"],
  ])("edits %j", (text, edit, expected) => {
    expect(applyEdit(text, linesOf(text), edit)).toBe(expected);
  });
});

describe("splitWords", () => {
  it.each([
    [`open "a b.py" 3`, ["open", "a b.py", "3"]],
    [`search 'x "y"'`, ["search", 'x "y"']],
    [`replace a\\ b ""`, ["replace", "a b", ""]],
  ])("splits %s as a shell does", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it("answers null for an open quote", () => {
    expect(splitWords('open "a')).toBeNull();
  });
});
