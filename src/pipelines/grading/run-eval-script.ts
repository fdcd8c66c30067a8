import { randomBytes } from "node:crypto";

import { findStatus } from "../../domain/log-parsers/find-status.ts";
import { EXTERNAL_PARSER, findLogParser, readParserVersion } from "../../domain/log-parsers/parse-log.ts";
import type { TaskInstance } from "../../domain/task-instance.ts";
import { type TestStatus, testStatusSchema } from "../../domain/verdict.ts";
import { InputError } from "../../platform/errors.ts";
import type { ExternalLogParser } from "../../ports/external-log-parser.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import type { TestRun } from "./run-hidden-tests.ts";

const START = ">>>>> Start Test Output";
const END = ">>>>> End Test Output";
const LOG_LIMIT_BYTES = 32 * 1024 * 1024;
const WRITE_TIMEOUT_MS = 60_000;
const PARSE_TIMEOUT_MS = 120_000;

/**
 * Runs the row's own eval.sh and reads its log. The markers get a nonce of this run, so that printed ones count for
 * nothing, and the exit code of the test command is recorded: a log without a failure and a bad exit code disagree.
 * This judges by a log, with no test of ours among the others; it serves rows whose tests need their own set-up.
 * @param testPatch Takes the place of the instance's own in the script.
 * @param externalParser Reads the logs of instances whose parser is `external:NAME`.
 */
export async function runEvalScript(
  sandbox: Sandbox,
  instance: TaskInstance,
  testPatch: string,
  signal: AbortSignal,
  externalParser: ExternalLogParser | null,
): Promise<TestRun> {
  const parse = chooseParser(instance, externalParser, signal);
  const nonce = randomBytes(16).toString("hex");
  const path = `/tmp/run-${randomBytes(8).toString("hex")}/eval.sh`;
  const script = instrument(replaceTestPatch(instance, testPatch), nonce);
  const call = { signal, timeoutMs: WRITE_TIMEOUT_MS };
  await sandbox.writeFiles([{ path, content: new TextEncoder().encode(script) }], call);
  const result = await sandbox.run(`exec bash ${path} 2>&1`, {
    signal,
    timeoutMs: instance.test_timeout_s * 1000,
    outputLimitBytes: LOG_LIMIT_BYTES,
  });
  if (result.status === "timed_out") return { kind: "broken", reason: "test_timeout" };
  if (result.status === "sandbox_died") return { kind: "broken", reason: "runner_died" };
  const section = cutSection(result.stdout.text, nonce);
  if (section === null) return { kind: "broken", reason: "runner_died" };
  const statuses = await parse(section.log);
  if (statuses === null) return { kind: "broken", reason: "log_unreadable" };
  const words = [...statuses.values()];
  if (section.exitCode !== 0 && words.length > 0 && !words.some((word) => word === "FAILED" || word === "ERROR")) {
    return { kind: "broken", reason: "tampered:a log without failures and a bad exit code" };
  }
  const tests: Record<string, TestStatus> = {};
  for (const id of [...instance.FAIL_TO_PASS, ...instance.PASS_TO_PASS]) {
    const status = testStatusSchema.safeParse(findStatus(statuses, id));
    tests[id] = status.success ? status.data : "MISSING";
  }
  return { kind: "ran", tests };
}

type ReadLog = (log: string) => Promise<ReadonlyMap<string, string> | null> | ReadonlyMap<string, string>;

function chooseParser(instance: TaskInstance, external: ExternalLogParser | null, signal: AbortSignal): ReadLog {
  const { instance_id, repo, log_parser } = instance;
  if (external !== null && log_parser.startsWith(EXTERNAL_PARSER)) {
    const parser = log_parser.slice(EXTERNAL_PARSER.length);
    return (log) => external.parse({ instance_id, repo, parser, log }, { signal, timeoutMs: PARSE_TIMEOUT_MS });
  }
  const parse = findLogParser(log_parser);
  if (parse !== null) return (log) => parse(log, readParserVersion(log_parser));
  throw new InputError("SWERL_TASK_LOG_PARSER", `${instance_id} names the log parser ${log_parser}`, {
    hint: log_parser.startsWith(EXTERNAL_PARSER)
      ? "set tasks.log_parser_command to the command that reads such logs"
      : "known are SWE-bench's Python parsers, parse_log_pytest_v2 and its kin",
  });
}

/** True when the script applies the test patch by its text, so that another can take its place. */
export function holdsTestPatch(instance: TaskInstance): boolean {
  return instance.test_patch.trim() !== "" && instance.eval_script.includes(cutEnd(instance.test_patch));
}

function replaceTestPatch(instance: TaskInstance, testPatch: string): string {
  if (testPatch === instance.test_patch) return instance.eval_script;
  return instance.eval_script.replace(cutEnd(instance.test_patch), () => cutEnd(testPatch));
}

function cutEnd(patch: string): string {
  return patch.replace(/\n$/, "");
}

/** The script with this run's markers, and the exit code of the command before the end marker behind it. */
function instrument(script: string, nonce: string): string {
  return script
    .split("\n")
    .flatMap((line) => {
      if (line.includes(START)) return [`echo '${nonce} start'`];
      return line.includes(END) ? [`swerl_code=$?; echo; echo "${nonce} end $swerl_code"`] : [line];
    })
    .join("\n");
}

function cutSection(log: string, nonce: string): { readonly log: string; readonly exitCode: number } | null {
  const start = log.indexOf(`${nonce} start\n`);
  const end = new RegExp(`^${nonce} end (\\d+)$`, "m").exec(log);
  if (start === -1 || end === null || end.index < start) return null;
  return { log: log.slice(start + nonce.length + " start\n".length, end.index), exitCode: Number(end[1]) };
}
