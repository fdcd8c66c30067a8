import type { ToolName } from "../../domain/agent/agent-settings.ts";
import { create, edit, replace } from "./edit-tools.ts";
import { findFile, searchDir, searchFile } from "./search-tools.ts";
import { shell } from "./shell-tool.ts";
import type { Tool, ToolContext } from "./tool-context.ts";
import { goto, open, scrollDown, scrollUp } from "./view-tools.ts";

const HOST_TOOLS: Readonly<Record<Exclude<ToolName, "shell" | "submit">, Tool>> = {
  open,
  goto,
  scroll_up: scrollUp,
  scroll_down: scrollDown,
  search_file: searchFile,
  search_dir: searchDir,
  find_file: findFile,
  create,
  edit,
  replace,
};

/** What an action led to: `submit` and `sandbox_died` end the episode, anything else is observed. */
export type ActionOutcome =
  | { readonly kind: "submit" }
  | { readonly kind: "observation" | "sandbox_died"; readonly text: string };

/** Runs one command: a host tool when its first word names an offered one, the shell otherwise. */
export async function runAction(command: string, context: ToolContext): Promise<ActionOutcome> {
  const trimmed = command.trim();
  const name = /^\S+/.exec(trimmed)?.[0] ?? "";
  const offered: readonly string[] = context.settings.tools;
  if (name === "submit" && offered.includes("submit")) return { kind: "submit" };
  const tool =
    Object.hasOwn(HOST_TOOLS, name) && offered.includes(name) ? HOST_TOOLS[name as keyof typeof HOST_TOOLS] : null;
  if (tool !== null) return { kind: "observation", text: await tool(trimmed, context) };
  if (offered.includes("shell")) return shell(command, context);
  return {
    kind: "observation",
    text: `Error: unknown command ${name}. Commands: ${offered.join(", ")}.`,
  };
}
