import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

import { findLogParser } from "../../../src/domain/log-parsers/parse-log.ts";
import type { ParserVersion } from "../../../src/domain/log-parsers/pytest-log.ts";

/** The seven functions of SWE-bench's Python parsers. */
export const PARSERS = ["pytest", "pytest_options", "pytest_v2", "django", "seaborn", "sympy", "matplotlib"].map(
  (name) => `parse_log_${name}`,
);

const PACKAGES: Readonly<Record<ParserVersion, string>> = { v4: "4.1.0", v5: "5.0.2" };

/** Folder of the reference package for a parser version; fetched through pip once, without its dependencies. */
export async function fetchReference(version: ParserVersion): Promise<string> {
  const folder = resolve(".cache/swebench", PACKAGES[version]);
  if (existsSync(`${folder}/swebench/harness/log_parsers/python.py`)) return folder;
  const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check"];
  const child = spawn("python3", [...pip, "--target", folder, `swebench==${PACKAGES[version]}`], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 300_000,
  });
  const code = await new Promise<number | null>((settle, fail) => child.on("error", fail).on("close", settle));
  if (code !== 0) throw new Error(`pip could not fetch swebench ${PACKAGES[version]} (exit code ${code})`);
  return folder;
}

export interface Disagreement {
  readonly parser: string;
  readonly log: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** Parses every log with every parser, ours and the package's, and answers where the maps differ. */
export async function compareParsers(logs: readonly string[], version: ParserVersion): Promise<Disagreement[]> {
  const folder = await fetchReference(version);
  const script = resolve("scripts/bench/parsers/reference_parsers.py");
  const child = spawn("python3", [script, folder], { stdio: ["pipe", "pipe", "inherit"], timeout: 600_000 });
  const requests = logs.flatMap((log) => PARSERS.map((parser) => ({ parser, log })));
  child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  const disagreements: Disagreement[] = [];
  let index = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const request = requests[index++] as (typeof requests)[number];
    const theirs = JSON.parse(line) as Record<string, string>;
    // Where the package's own parser raises there is nothing to agree with.
    if ("error" in theirs) continue;
    const ours = Object.fromEntries(findLogParser(request.parser)?.(request.log, version) ?? []);
    if (!isSame(ours, theirs)) disagreements.push({ ...request, ours, theirs });
  }
  if (index !== requests.length) throw new Error(`the reference answered ${index} of ${requests.length} logs`);
  return disagreements;
}

function isSame(ours: Record<string, string>, theirs: Record<string, string>): boolean {
  const names = Object.keys(ours);
  return names.length === Object.keys(theirs).length && names.every((name) => ours[name] === theirs[name]);
}
