import { before, splitWords } from "./python-text.ts";

/** `v4`: what made the lists of SWE-bench 4 and SWE-rebench; `v5`: SWE-bench 5. */
export type ParserVersion = "v4" | "v5";

/** Test name -> status word as the log has it. */
export type StatusMap = Map<string, string>;

const STATUSES = ["FAILED", "PASSED", "SKIPPED", "ERROR", "XFAIL"] as const;

function startsWithStatus(line: string): boolean {
  return STATUSES.some((status) => line.startsWith(status));
}

/** `SKIPPED [N] path:line: reason` of pytest's summary, where [N] is no test: version 5 leaves it out. */
function isSkipSummary(words: readonly string[], version: ParserVersion): boolean {
  return version === "v5" && words[0] === "SKIPPED" && /^\[\p{Nd}+\]$/u.test(words[1] ?? "");
}

/** Lines `STATUS name...` of pytest -rA. */
export function parsePytest(
  log: string,
  version: ParserVersion,
  rename: (name: string) => string = (name) => name,
  rewrite: (line: string) => string = (line) => line,
): StatusMap {
  const statuses: StatusMap = new Map();
  for (const raw of log.split("\n")) {
    const line = rewrite(raw);
    if (!startsWithStatus(line)) continue;
    const words = splitWords(line.startsWith("FAILED") ? line.replaceAll(" - ", " ") : line);
    if (words.length < 2 || isSkipSummary(words, version)) continue;
    statuses.set(rename(words[1] as string), words[0] as string);
  }
  return statuses;
}

/** As parsePytest; a parameter that is an absolute path keeps its last part only. */
export function parsePytestOptions(log: string, version: ParserVersion): StatusMap {
  return parsePytest(log, version, (name) => {
    const open = name.indexOf("[");
    const close = name.lastIndexOf("]");
    if (open === -1 || close < open) return name;
    const option = name.slice(open + 1, close);
    const isPath = option.startsWith("/") && !option.startsWith("//") && !option.includes("*");
    return `${name.slice(0, open)}[${isPath ? `/${option.split("/").at(-1)}` : option}]`;
  });
}

/** Matplotlib prints mouse buttons by name where its lists have numbers. */
export function parseMatplotlib(log: string, version: ParserVersion): StatusMap {
  return parsePytest(
    log,
    version,
    (name) => name,
    (line) => line.replaceAll("MouseButton.LEFT", "1").replaceAll("MouseButton.RIGHT", "3"),
  );
}

/** As parsePytest, after colours and control characters are gone; also `name STATUS` lines of older pytest. */
export function parsePytestV2(log: string, version: ParserVersion): StatusMap {
  const statuses: StatusMap = new Map();
  for (const raw of log.split("\n")) {
    const line = dropControls(raw.replace(/\[\p{Nd}+m/gu, ""));
    if (startsWithStatus(line)) {
      const isFailed = line.startsWith("FAILED");
      const shortened = version === "v5" ? before(line, " - ") : line.replaceAll(" - ", " ");
      const words = splitWords(isFailed ? shortened : line);
      if (words.length < 2 || isSkipSummary(words, version)) continue;
      const name = version === "v5" ? words.slice(1).join(" ") : (words[1] as string);
      statuses.set(name, words[0] as string);
    } else if (STATUSES.some((status) => line.endsWith(status))) {
      const words = splitWords(line);
      if (words.length < 2) continue;
      if (version === "v5") statuses.set(words.slice(0, -1).join(" "), words.at(-1) as string);
      else statuses.set(words[0] as string, words[1] as string);
    }
  }
  return statuses;
}

/** Characters 1 to 31 go. */
function dropControls(line: string): string {
  let kept = "";
  for (const character of line) {
    const code = character.codePointAt(0) as number;
    if (code === 0 || code > 31) kept += character;
  }
  return kept;
}

/** `FAILED name`, `name PASSED ...` and `PASSED name`. */
export function parseSeaborn(log: string): StatusMap {
  const statuses: StatusMap = new Map();
  for (const line of log.split("\n")) {
    const words = splitWords(line);
    if (words.length < 2) continue;
    if (line.startsWith("FAILED")) statuses.set(words[1] as string, "FAILED");
    else if (line.includes(" PASSED ")) {
      if (words[1] === "PASSED") statuses.set(words[0] as string, "PASSED");
    } else if (line.startsWith("PASSED")) statuses.set(words[1] as string, "PASSED");
  }
  return statuses;
}
