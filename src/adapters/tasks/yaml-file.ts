import { readFileSync } from "node:fs";

import { type Document, isMap, LineCounter, parseDocument } from "yaml";

import type { FileProblem } from "./problem-list.ts";

export interface YamlFile {
  readonly file: string;
  /** The mapping at the top; empty when the file is broken. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly problems: readonly FileProblem[];
  /** 1-based line of a field; undefined when it is absent. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Reads a YAML mapping. What breaks the syntax comes back as problems with lines. */
export function readYamlFile(file: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter, uniqueKeys: true });
  const problems: FileProblem[] = document.errors.map((error) => ({
    file,
    line: lineCounter.linePos(error.pos[0]).line,
    field: "",
    value: error.code,
    expected: `YAML (${(error.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:$/, "")})`,
  }));
  if (problems.length === 0 && !isMap(document.contents)) {
    problems.push({ file, line: 1, field: "", value: document.toJS(), expected: "a mapping" });
  }
  return {
    file,
    value: problems.length === 0 ? (document.toJS() as Record<string, unknown>) : {},
    problems,
    lineOf: (path) => findLine(document, path, lineCounter),
  };
}

function findLine(document: Document.Parsed, path: readonly PropertyKey[], counter: LineCounter): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return counter.linePos(start).line;
  }
  return undefined;
}
