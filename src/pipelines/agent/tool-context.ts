import { posix } from "node:path";

import type { AgentSettings } from "../../domain/agent/agent-settings.ts";
import { clampFirstLine, linesOf, renderWindow } from "../../domain/agent/file-window.ts";
import { SandboxBrokenError, WRITE_REFUSED } from "../../platform/errors.ts";
import type { CallOptions, Sandbox } from "../../ports/sandbox.ts";

/** What the host tools remember between turns. Mutated by the tools of one trajectory only. */
export interface AgentState {
  /** Working directory of the shell, absolute inside the sandbox. */
  cwd: string;
  /** The open file and the first line of its window. */
  open: { path: string; firstLine: number } | null;
}

/** What one tool call works on. */
export interface ToolContext {
  readonly sandbox: Sandbox;
  readonly state: AgentState;
  readonly settings: AgentSettings;
  readonly call: CallOptions;
}

/** A tool takes the whole command text and answers with the observation. It rejects only with SandboxError. */
export type Tool = (command: string, context: ToolContext) => Promise<string>;

export function resolvePath(path: string, context: ToolContext): string {
  return posix.resolve(context.state.cwd, path);
}

/** Text of a regular file, or null. */
export async function readText(path: string, context: ToolContext): Promise<string | null> {
  const [content] = await context.sandbox.readFiles([path], context.call);
  return content ? Buffer.from(content).toString("utf8") : null;
}

/** Writes a file; null when it is written, the message for the agent when the sandbox refuses the place. */
export async function writeText(path: string, text: string, context: ToolContext): Promise<string | null> {
  try {
    await context.sandbox.writeFiles([{ path, content: Buffer.from(text) }], context.call);
    return null;
  } catch (error) {
    if (error instanceof SandboxBrokenError && error.code === WRITE_REFUSED) {
      return `Error: ${path} cannot be written. The file was not changed.`;
    }
    throw error;
  }
}

/** Why a path cannot be opened, in SWE-agent's words. */
export async function describeMissing(path: string, shown: string, context: ToolContext): Promise<string> {
  const folder = await context.sandbox.listFiles(path, context.call);
  return folder === null
    ? `Error: File ${shown} not found`
    : `Error: ${shown} is a directory. You can only open files. Use cd or ls to navigate directories.`;
}

/** Opens the window at a first line and prints it. */
export function showWindow(path: string, firstLine: number, text: string, context: ToolContext): string {
  const size = context.settings.windowLines;
  const first = clampFirstLine(firstLine, linesOf(text).length, size);
  context.state.open = { path, firstLine: first };
  return renderWindow({ path, firstLine: first }, text, size);
}
