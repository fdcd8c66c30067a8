import { describe, expect, it } from "vitest";

import { runAction } from "../../../src/pipelines/agent/run-action.ts";
import { createAgentState, type ToolContext } from "../../../src/pipelines/agent/tool-context.ts";
import { SandboxBrokenError, WRITE_REFUSED } from "../../../src/platform/errors.ts";
import type { Sandbox } from "../../../src/ports/sandbox.ts";
import { createMemorySandbox } from "../../fakes/memory-sandbox.ts";
import { TOOL_TEST_AGENT } from "../../fakes/tool-test-agent.ts";

const FILES = {
  "shop.py": "def price(a):\n    return a - 1\n",
  "lib/long.py": `${Array.from({ length: 20 }, (_, index) => `line_${index + 1}`).join("\n")}\n`,
  ".hidden/secret.py": "price = 0\n",
  ".gitignore": "price\n",
  "data.bin": Buffer.from("binary\0"),
  "latin.txt": Buffer.from("\u00e4\n\u00e9\n", "latin1"),
};
const UPDATED =
  "File updated. Please review the changes and make sure they are correct (correct indentation, no duplicate lines, etc). Edit the file again if necessary.";

/** A session of commands on a fresh sandbox; answers the last observation. */
function observe(...commands: string[]): Promise<string> {
  const sandbox = createMemorySandbox(FILES, "/testbed", (command, files) => {
    if (command === "true") return {};
    if (command === "sleep 9") return { status: "timed_out" };
    if (command === "die") return { status: "sandbox_died" };
    if (command === "forget") files.delete("/testbed/new.py");
    return { exit_code: 3, stdout: "out\n", stderr: "err\n" };
  });
  return observeIn(sandbox, ...commands);
}

async function observeIn(sandbox: Sandbox, ...commands: string[]): Promise<string> {
  const state = createAgentState("/testbed");
  const context: ToolContext = {
    sandbox,
    state,
    settings: { ...TOOL_TEST_AGENT, footer: "" },
    call: { signal: new AbortController().signal, timeoutMs: 5000 },
  };
  let observation = "";
  for (const command of commands) {
    const outcome = await runAction(command, context);
    observation = outcome.kind === "submit" ? "<submit>" : outcome.text;
  }
  return observation;
}

describe("runAction", () => {
  // Where the paper's scaffold is not SWE-agent 1.x: test/golden/tools/paper.yaml holds the rest.
  it.each<[string, string[], string]>([
    [
      "open by a relative path",
      ["open shop.py"],
      "[File: /testbed/shop.py (2 lines total)]\n1:def price(a):\n2:    return a - 1",
    ],
    ["open with an open quote", ['open "shop.py'], 'Usage: open "<file>" [<line_number>]'],
    [
      "a file that is gone",
      ["open new.py", "create new.py", "forget", "open"],
      "Error: File /testbed/new.py not found",
    ],
    [
      "find_file among dot files",
      ["find_file .gitignore"],
      'Found 1 matches for ".gitignore" in /testbed:\n/testbed/.gitignore',
    ],
    [
      "search_dir past dot files",
      ["search_dir price"],
      'Found 1 matches for "price" in /testbed:\n/testbed/shop.py (1 matches)\nEnd of matches for "price" in /testbed',
    ],
    ["search_dir past binary files", ["search_dir binary"], 'No matches found for "binary" in /testbed'],
    [
      "edit",
      ["open shop.py", "edit 2:2     return a + 1"],
      `${UPDATED}\n[File: /testbed/shop.py (2 lines total)]\n1:def price(a):\n2:    return a + 1`,
    ],
    [
      "edit of another file",
      ["edit --file shop.py 1:2 << 'EOF'\nx = 1\nEOF"],
      `${UPDATED}\n[File: /testbed/shop.py (1 lines total)]\n1:x = 1`,
    ],
    [
      "edit outside the file",
      ["open shop.py", "edit 2:3 x"],
      "Error: the range 2:3 must lie in 1:2 with start not after end. The file was not changed.",
    ],
    [
      "edit without a range",
      ["open shop.py", "edit x"],
      "Usage: edit [--file PATH] START:END [REPLACEMENT], or a heredoc after START:END for several lines",
    ],
    [
      "edit with an open heredoc",
      ["open shop.py", "edit 1:1 << EOF\nx"],
      "Error: the heredoc is not closed by a line EOF",
    ],
    ["edit of a missing file", ["edit --file nope.py 1:1 x"], "Error: File nope.py not found"],
    [
      "edit of Latin-1 text",
      ["edit --file latin.txt 1:1 \u00fc", "open latin.txt"],
      "[File: /testbed/latin.txt (2 lines total)]\n1:\u00fc\n2:\u00e9",
    ],
    [
      "edit of Latin-1 text to what it cannot hold",
      ["edit --file latin.txt 1:1 \u4e2d"],
      "Error: /testbed/latin.txt is Latin-1 text and cannot hold what you wrote. The file was not changed.",
    ],
    ["replace without a text", ["open shop.py", "replace price"], "Usage: replace <search> <replace> [--replace-all]"],
    ["create", ["create new.py"], "[File: /testbed/new.py (1 lines total)]\n1:"],
    ["create over a folder", ["create lib"], "Warning: File 'lib' already exists."],
    ["a silent shell command", ["true"], "Your command ran successfully and did not produce any output."],
    ["a failing shell command", ["make"], "out\nerr\n(exit code 3)"],
    [
      "a command that takes too long",
      ["sleep 9"],
      "The command 'sleep 9' was cancelled because it took more than 5 seconds. Please try a different command that completes more quickly. Note: A common source of this error is if the command is interactive or requires user input (it is impossible to receive user input in the current environment, so the command will never complete).",
    ],
    ["a command that ends its sandbox", ["die"], "The command ended the machine it ran on."],
    ["submit", ["submit"], "<submit>"],
  ])("%s", async (_name, commands, expected) => {
    expect(await observe(...commands)).toBe(expected);
  });

  it.each(["edit 1:1 x = 1", "replace price cost"])("answers %s when the file cannot be written", async (command) => {
    const refusing: Sandbox = {
      ...createMemorySandbox(FILES, "/testbed"),
      writeFiles: () => Promise.reject(new SandboxBrokenError(WRITE_REFUSED, "read-only")),
    };
    expect(await observeIn(refusing, "open shop.py", command)).toBe(
      "Error: /testbed/shop.py cannot be written. The file was not changed.",
    );
  });
});
