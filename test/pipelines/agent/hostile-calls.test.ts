import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ToolSetName } from "../../../src/domain/agent/agent-settings.ts";
import { renderFooter } from "../../../src/domain/agent/render-observation.ts";
import { createAgentState, type ToolContext } from "../../../src/pipelines/agent/tool-context.ts";
import { TOOL_SETS_BY_NAME } from "../../../src/pipelines/agent/tool-set.ts";
import { createMemorySandbox } from "../../fakes/memory-sandbox.ts";
import { TOOL_TEST_AGENT } from "../../fakes/tool-test-agent.ts";

/** Answers the last observation. */
async function say(toolSet: ToolSetName, answers: readonly string[], files = FILES): Promise<string> {
  const context: ToolContext = {
    sandbox: createMemorySandbox(files, "/testbed", () => ({ stdout: "out\n" })),
    state: createAgentState("/testbed"),
    settings: { ...TOOL_TEST_AGENT, toolSet },
    call: { signal: new AbortController().signal, timeoutMs: 5000 },
  };
  let observation = "";
  for (const text of answers) {
    ({ observation } = await TOOL_SETS_BY_NAME[toolSet]({ text, isCutOff: false }, context));
  }
  return observation;
}

const FILES: Readonly<Record<string, string>> = { "a.txt": "one\ntwo\tthree\n", "lib/b.py": "x = 1\n" };
const functionCall = (name: string, parameters: readonly (readonly [string, string])[]): string =>
  `Go.\n<function=${name}>\n${parameters.map(([key, value]) => `<parameter=${key}>${value}</parameter>`).join("\n")}\n</function>`;
const command = (text: string): string => `Go.\n\`\`\`command\n${text}\n\`\`\``;
const view = (range: string): Promise<string> =>
  say("str_replace_editor", [
    functionCall("str_replace_editor", [
      ["command", "view"],
      ["path", "/testbed/a.txt"],
      ["view_range", range],
    ]),
  ]);

/** Texts that parsers stumble over, between arbitrary ones. */
const STONES = [
  ["[01, 1]", "[1,\u00a01]", "[-0, 9e9]", `[1, ${"9".repeat(400)}]`, "-1", "9".repeat(400), "1e309", "NaN"],
  ["*?[", "(?<", "\\", "%", "%zz", "\u0000", "\ud800", "$&", "__proto__", "constructor", "../..", "\t", ""],
  ["/testbed/a.txt", "/testbed", "a.txt", "view", "create", "insert", "str_replace", "undo_edit", "one", "'", '"'],
].flat();
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom(...STONES));

describe("what the model writes never makes a tool throw", () => {
  it.each(["[01, 1]", "[1,\u00a01]", " [1,\n1]"])(
    "a view_range that JSON does not know ended the run: %j",
    async (range) => {
      expect(await view(range)).toMatch(/^ {5}1\tone$/m);
    },
  );

  it("any parameters of a function call", async () => {
    const name = fc.constantFrom("bash", "str_replace_editor", "submit", "__proto__");
    const keys = ["command", "path", "file_text", "old_str", "new_str", "insert_line", "view_range", "__proto__"];
    const parameters = fc.array(fc.tuple(fc.constantFrom(...keys), text), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, parameters), { minLength: 1, maxLength: 3 }), async (calls) => {
        const answers = calls.map(([called, given]) => functionCall(called, given));
        expect(typeof (await say("str_replace_editor", answers))).toBe("string");
      }),
      { numRuns: 1000 },
    );
  });

  it("any arguments of a command", async () => {
    const names = ["open", "goto", "scroll_up", "search_file", "search_dir", "find_file", "create", "edit", "replace"];
    const line = fc
      .tuple(fc.constantFrom(...names), fc.array(text, { maxLength: 4 }))
      .map(([name, words]) => command([name, ...words].join(" ")));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 3 }), async (lines) => {
        expect(typeof (await say("paper", [command("open a.txt"), ...lines]))).toBe("string");
      }),
      { numRuns: 1000 },
    );
  });

  it("a pattern of find_file whose regular expression would run for ages", async () => {
    const long = `${"a".repeat(200)}.py`;
    const observation = await say("paper", [command(`find_file ${"*a".repeat(60)}b`)], { [long]: "" });
    expect(observation).toMatch(/^No matches found/);
    expect(await say("paper", [command("find_file '*a?py'")], { [long]: "" })).toContain(long);
  });

  it("an edit with a long run of blanks, which held the process", async () => {
    expect(await say("paper", [command(`edit${" ".repeat(500_000)}x`)])).toMatch(/^Usage: edit /);
    expect(await say("paper", [command("open a.txt"), command("edit 1:1 \t << EOF\nnew\nEOF")])).toContain("1:new\n");
  });

  it("a folder whose name is a pattern of a replacement, in the line below an observation", () => {
    const place = { cwd: "/testbed/$&{file}", file: "/testbed/a.txt" };
    expect(renderFooter("({cwd}) ({file})", place)).toBe("(/testbed/$&{file}) (/testbed/a.txt)");
  });

  it("a replacement that would make a file longer than a string can be", async () => {
    const lines = [command("open a.txt"), command(`replace a ${"b".repeat(2_000)} --replace-all`)];
    const observation = await say("paper", lines, { "a.txt": "a".repeat(1_000_000) });
    expect(observation).toContain("The file would become too large.");
  });

  it("a replacement of a text with a million occurrences out of sight", async () => {
    const lines = [command("open a.txt"), command("replace a b")];
    const observation = await say("paper", lines, { "a.txt": `${"-\n".repeat(9)}${"a".repeat(1_000_000)}\n` });
    expect(observation).toContain("- line 10\n");
  });
});
