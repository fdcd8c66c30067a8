import { z } from "zod";

import { TOOL_NAMES } from "../domain/agent/agent-settings.ts";
import { describe } from "./describe.ts";
import { DEFAULT_INSTANCE_PROMPT, DEFAULT_SYSTEM_PROMPT } from "./paper-prompts.ts";

/** A text, or the file that holds it; the loader puts the file's text in its place. */
const promptSchema = z.union([z.string(), z.strictObject({ file: z.string().min(1) })]);

export const agentSectionSchema = z.strictObject({
  tools: describe(
    "Commands on offer; with shell every other first word goes to bash.",
    z
      .array(z.enum(TOOL_NAMES))
      .min(1)
      .default([...TOOL_NAMES]),
  ),
  system_prompt: describe("Text of the system prompt, or {file: PATH}.", promptSchema.default(DEFAULT_SYSTEM_PROMPT)),
  instance_prompt: describe(
    "Text of the first user message, or {file: PATH}; {problem_statement} is replaced.",
    promptSchema.default(DEFAULT_INSTANCE_PROMPT),
  ),
  demonstration: describe(
    "Show one solved example before the issue: for the untrained base only, as in the paper.",
    z.boolean().default(false),
  ),
  footer: describe(
    "Line under every observation; {cwd} and {file} are replaced.",
    z.string().default("(Current directory: {cwd}, current file: {file}) bash-$"),
  ),
  max_turns: describe("T_max: turns before an episode is cut.", z.int().min(1).default(40)),
  max_context_tokens: describe("Context of an episode, prompt and all turns.", z.int().min(64).default(65536)),
  max_tokens_per_turn: describe("Tokens one turn may sample.", z.int().min(1).default(4096)),
  max_format_errors: describe("Format errors in a row that end an episode.", z.int().min(1).default(3)),
  trajectory_timeout_s: describe("Wall time of one episode.", z.number().positive().default(3600)),
  observation_limit_chars: describe("Longer observations lose their middle.", z.int().min(100).default(30000)),
  window_lines: describe("Lines of a file shown at once.", z.int().min(1).default(100)),
});

export const samplingSectionSchema = z.strictObject({
  temperature: describe("Divides the logits.", z.number().min(0).max(10).default(1)),
  top_p: describe("Nucleus; 1 = off.", z.number().gt(0).max(1).default(1)),
  top_k: describe("Most likely tokens kept; -1 = off.", z.int().min(-1).default(-1)),
  min_p: describe("Least probability relative to the best token; 0 = off.", z.number().min(0).max(1).default(0)),
});
