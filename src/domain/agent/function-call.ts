/**
 * The action protocol of the str_replace_editor set: free reasoning and one call written as
 * `<function=NAME>` with `<parameter=KEY>VALUE</parameter>` lines, as SWE-agent's xml_function_calling parser reads it
 * (sweagent/tools/parsing.py). A text protocol, so that the tokens stay ours and any chat model can speak it.
 */
export interface FunctionCall {
  readonly name: FunctionName;
  readonly parameters: Readonly<Record<string, string>>;
  /** The call as it was written. */
  readonly text: string;
}

interface FunctionCallError {
  readonly error: "no_command" | "several_commands" | "invalid_command";
  /** What SWE-agent answers. */
  readonly message: string;
}

const FUNCTIONS = {
  bash: { required: ["command"], optional: [] },
  str_replace_editor: {
    required: ["command", "path"],
    optional: ["file_text", "old_str", "new_str", "insert_line", "view_range"],
  },
  submit: { required: [], optional: [] },
} as const satisfies Readonly<Record<string, { required: readonly string[]; optional: readonly string[] }>>;
type FunctionName = keyof typeof FUNCTIONS;

/** Names that other scaffolds' models were trained with. */
const ALIASES: Readonly<Record<string, FunctionName>> = { execute_bash: "bash", finish: "submit" };

const CALL = /<function=([^>]+)>\n?([\s\S]*?)<\/function>/g;
const PARAMETER = /<parameter=([^>]+)>([\s\S]*?)<\/parameter>/g;
const VIEW_RANGE = /^\[\s*(-?\d+)\s*,\s*(-?\d+)\s*\]$/;

/** The one call of a sampled text, or what is wrong with it. */
export function parseFunctionCall(text: string): FunctionCall | FunctionCallError {
  const [call, ...others] = text.matchAll(CALL);
  if (call === undefined) return { error: "no_command", message: MISSING };
  if (others.length > 0) return { error: "several_commands", message: SEVERAL };
  const given = (call[1] as string).trim();
  const name = ALIASES[given] ?? given;
  if (!isFunctionName(name)) return invalid(`Command '${given}' not found in list of available commands.`);
  const parameters: Record<string, string> = {};
  for (const [, key, value] of (call[2] as string).matchAll(PARAMETER)) {
    parameters[(key as string).trim()] = (value as string).replace(/^\n/, "").replace(/\n$/, "");
  }
  return checkParameters(name, parameters) ?? { name, parameters, text: call[0] };
}

/** First and last line of a `view_range`; null when it is no list of two integers. */
export function parseViewRange(text: string): readonly [first: number, last: number] | null {
  const [, first, last] = VIEW_RANGE.exec(text.trim()) ?? [];
  return first === undefined ? null : [Number(first), Number(last)];
}

function checkParameters(name: FunctionName, parameters: Readonly<Record<string, string>>): FunctionCallError | null {
  const range = parameters["view_range"];
  if (range !== undefined && parseViewRange(range) === null) {
    return invalid(`view_range must be in the format [<start>, <end>], got ${range}.`);
  }
  const required: readonly string[] = FUNCTIONS[name].required;
  const known: readonly string[] = [...required, ...FUNCTIONS[name].optional];
  const missing = required.filter((key) => !Object.hasOwn(parameters, key));
  if (missing.length > 0) return invalid(`Required argument(s) missing: ${missing.join(", ")}`);
  const unexpected = Object.keys(parameters).filter((key) => !known.includes(key));
  if (unexpected.length === 0) return null;
  const { error, message } = invalid(`Unexpected argument(s): ${unexpected.join(", ")}`);
  return { error, message: `${message}\n${ALLOWED_ONLY}` };
}

function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

function invalid(what: string): FunctionCallError {
  return { error: "invalid_command", message: `Your action could not be parsed properly: ${what}.` };
}

const MISSING =
  "Your last output did not use any tool calls!\nPlease make sure your output includes exactly _ONE_ function call!\nIf you think you have already resolved the issue, please submit your changes by running the `submit` command.\nIf you think you cannot solve the problem, please run `submit`.\nElse, please continue with a new tool call!";
const SEVERAL =
  "Your last output included multiple tool calls!\nPlease make sure your output includes a thought and exactly _ONE_ function call.";
const ALLOWED_ONLY =
  "Make sure your function call doesn't include any extra arguments that are not in the allowed arguments, and only use the allowed commands.";
