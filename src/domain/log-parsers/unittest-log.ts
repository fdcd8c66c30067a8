import { before, PYTHON_SPACE, splitWords, strip } from "./python-text.ts";
import type { StatusMap } from "./pytest-log.ts";

/** Longer lines are no results; a cap keeps patterns that look back from costing their square. */
const LONGEST_LINE = 20_000;

/** Django's test runner: `name ... ok`, with output of the test between the two now and then. */
export function parseDjango(log: string): StatusMap {
  const statuses: StatusMap = new Map();
  let previous: string | null = null;
  for (const raw of log.split("\n")) {
    let line = strip(raw);
    if (line.includes("--version is equivalent to version"))
      statuses.set("--version is equivalent to version", "PASSED");
    if (line.includes(" ... ")) previous = before(line, " ... ");
    const suffix = [" ... ok", " ... OK", " ...  OK"].find((ending) => line.endsWith(ending));
    if (suffix !== undefined) {
      // django-7188: one test's result shares its line with a migration.
      if (line.startsWith("Applying sites.0002_alter_domain_unique...test_no_migrations")) {
        line = strip(line.slice(line.indexOf("...") + 3));
      }
      statuses.set(line.endsWith(suffix) ? line.slice(0, -suffix.length) : line, "PASSED");
    }
    if (line.includes(" ... skipped")) statuses.set(before(line, " ... skipped"), "SKIPPED");
    if (line.endsWith(" ... FAIL")) statuses.set(before(line, " ... FAIL"), "FAILED");
    setNamed(statuses, line, "FAIL:", "FAILED");
    if (line.endsWith(" ... ERROR")) statuses.set(before(line, " ... ERROR"), "ERROR");
    setNamed(statuses, line, "ERROR:", "ERROR");
    if (line.startsWith("ok") && previous !== null) statuses.set(previous, "PASSED");
  }
  addInterrupted(statuses, log);
  return statuses;
}

function setNamed(statuses: StatusMap, line: string, prefix: string, status: string): void {
  if (!line.startsWith(prefix)) return;
  const name = splitWords(line)[1];
  if (name !== undefined) statuses.set(name, status);
}

/** Three outputs of Django's own that come between a test's name and its `ok` on the next line. */
function addInterrupted(statuses: StatusMap, log: string): void {
  const lines = log.split("\n");
  const space = `[${PYTHON_SPACE}]`;
  const plain = [
    new RegExp(`^([^\\n]*?)${space}\\.\\.\\.${space}Internal Server Error: /[^\\n]*/$`, "u"),
    new RegExp(`^([^\\n]*?)${space}\\.\\.\\.${space}System check identified no issues \\(0 silenced\\)$`, "u"),
  ];
  const opening = new RegExp(`^([^\\n]*?)${space}\\.\\.\\.${space}Testing against Django installed in `, "u");
  let open: string | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.length > LONGEST_LINE) continue;
    const next = lines[index + 1];
    if (next === "ok") {
      for (const pattern of plain) {
        const found = pattern.exec(line);
        if (found !== null) statuses.set(found[1] as string, "PASSED");
      }
    }
    open = open ?? opening.exec(line)?.[1] ?? null;
    if (open !== null && next === "ok" && line.endsWith(" silenced).")) {
      statuses.set(open, "PASSED");
      open = null;
    }
  }
}

/** Sympy's own runner: a heading `____ path.py:test ____` for a failure, `test_x ok`, `test_x F`, `test_x E`. */
export function parseSympy(log: string): StatusMap {
  const statuses: StatusMap = new Map();
  const lines = log.split("\n");
  for (const line of lines) {
    if (line.length > LONGEST_LINE) continue;
    for (const [, , path, name] of line.matchAll(/(_*) ([^\n]*)\.py:([^\n]*) (_*)/gu)) {
      statuses.set(`${path}.py:${name}`, "FAILED");
    }
  }
  for (const raw of lines) {
    const line = strip(raw);
    if (!line.startsWith("test_")) continue;
    const name = splitWords(line)[0] as string;
    if (line.endsWith(" E")) statuses.set(name, "ERROR");
    if (line.endsWith(" F")) statuses.set(name, "FAILED");
    if (line.endsWith(" ok")) statuses.set(name, "PASSED");
  }
  return statuses;
}
