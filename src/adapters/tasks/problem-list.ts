import { InputError } from "../../platform/errors.ts";

/** One thing wrong with a file a person wrote. */
export interface FileProblem {
  readonly file: string;
  /** 1-based, where the format knows lines. */
  readonly line?: number;
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

const SHOWN = 20;
const VALUE_LENGTH = 80;

/** An InputError that lists all problems at once, `file:line field: got value, expected what`. */
export function createTaskError(problems: readonly FileProblem[], hint: string): InputError {
  const lines = problems.slice(0, SHOWN).map(renderProblem);
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new InputError("SWERL_TASK_INVALID", [`${count} in task files`, ...lines, ...more].join("\n  "), { hint });
}

function renderProblem(problem: FileProblem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  const field = problem.field === "" ? "" : ` ${problem.field}:`;
  return `${place}${field} got ${renderValue(problem.value)}, expected ${problem.expected}`;
}

function renderValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}...` : text;
}
