import { describe, expect, it } from "vitest";

import { parseAction } from "../../../src/domain/agent/parse-action.ts";

const block = (command: string): string => `I look.\n\`\`\`command\n${command}\n\`\`\``;

describe("parseAction", () => {
  it("takes the one command block after free reasoning", () => {
    expect(parseAction(block("open a.py 3"))).toEqual({ kind: "command", command: "open a.py 3" });
  });

  it("keeps a heredoc whole, closing fences inside it included", () => {
    const command = "edit 1:1 << 'EOF'\n```\nx = 1\n```\nEOF";
    expect(parseAction(block(command))).toEqual({ kind: "command", command });
  });

  it.each([
    ["no block", "I look at it.\nopen a.py"],
    ["another fence language", "```edit 1:2\nx\n```"],
    ["an unclosed block", "```command\nls"],
    ["an empty block", "```command\n\n```"],
    ["a fence that does not open its line", "run ```command\nls\n```"],
  ])("answers no_command for %s", (_name, text) => {
    expect(parseAction(text)).toEqual({ kind: "format_error", error: "no_command" });
  });

  it("answers several_commands for two blocks", () => {
    expect(parseAction(`${block("ls")}\n${block("pwd")}`)).toEqual({ kind: "format_error", error: "several_commands" });
  });
});
