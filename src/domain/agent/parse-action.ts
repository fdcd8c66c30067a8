/**
 * The paper's action protocol (2508.03501, appendix E): free reasoning and exactly one block opened by
 * ```command and closed by ```. Anything else is one of two format errors, answered as an observation.
 */
export type ParsedAction =
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "format_error"; readonly error: "no_command" | "several_commands" };

const OPENING_FENCE = /^```command[ \t]*$/;
const CLOSING_FENCE = /^```[ \t]*$/;
const HEREDOC = /<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1/;

/** Reads the action out of the sampled text. A closing fence inside a heredoc belongs to the heredoc. */
export function parseAction(text: string): ParsedAction {
  const blocks = commandBlocks(text.split("\n"));
  const [command, ...others] = blocks;
  if (command === undefined || command.trim() === "") return { kind: "format_error", error: "no_command" };
  if (others.length > 0) return { kind: "format_error", error: "several_commands" };
  return { kind: "command", command };
}

function commandBlocks(lines: readonly string[]): string[] {
  const blocks: string[] = [];
  let current: string[] | null = null;
  let heredocEnd: string | null = null;
  for (const line of lines) {
    if (current === null) {
      if (OPENING_FENCE.test(line)) current = [];
    } else if (heredocEnd === null && CLOSING_FENCE.test(line)) {
      blocks.push(current.join("\n"));
      current = null;
    } else {
      current.push(line);
      if (heredocEnd === null) heredocEnd = HEREDOC.exec(line)?.[2] ?? null;
      else if (line.trim() === heredocEnd) heredocEnd = null;
    }
  }
  return blocks;
}

/** The observation that answers a turn whose action could not be read. */
export function renderFormatError(error: "no_command" | "several_commands" | "length"): string {
  switch (error) {
    case "no_command":
      return "Error: no command found. Answer with your reasoning and exactly one command in a block that opens with ```command and closes with ```.";
    case "several_commands":
      return "Error: several command blocks found. Answer with exactly one ```command block a turn; none of them was run.";
    case "length":
      return "Error: the answer was cut off at the token limit before it ended. Be brief and give exactly one ```command block; nothing was run.";
  }
}
