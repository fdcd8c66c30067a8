import { resolve } from "node:path";

import { isDiskFull } from "../platform/disk-space.ts";
import {
  InputError,
  InterruptedError,
  PolicyError,
  RecordError,
  SwerlError,
  TrainerError,
} from "../platform/errors.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { escapeControls } from "./terminal-text.ts";

export interface Failure {
  readonly exitCode: number;
  /** For standard error. */
  readonly text: string;
  /** One JSON object for standard output, or null. */
  readonly json: string | null;
}

export interface DescribeOptions {
  readonly signal: AbortSignal;
  readonly asJson: boolean;
  /** The command line: a full disk that nobody named is one of its paths, or where it was given. */
  readonly words: readonly string[];
}

/** How a run that failed ends: the code, the value seen, the fix. Only a bug of ours shows a stack. */
export async function describeFailure(error: unknown, options: DescribeOptions): Promise<Failure> {
  const seen =
    options.signal.aborted && isAbort(error) ? new InterruptedError() : await nameFullDisk(error, options.words);
  const exitCode = chooseExitCode(seen);
  if (!(seen instanceof SwerlError)) {
    const text = `swerl: this is a bug in swerl\n${seen instanceof Error ? (seen.stack ?? seen.message) : String(seen)}\n`;
    return {
      exitCode,
      text: escapeControls(text),
      json: options.asJson ? renderJson("SWERL_BUG", String(seen)) : null,
    };
  }
  const hint = seen.hint === undefined ? "" : `fix: ${seen.hint}\n`;
  return {
    exitCode,
    text: escapeControls(`error[${seen.code}]${seen.message.includes("\n") ? "\n" : " "}${seen.message}\n${hint}`),
    json: options.asJson ? renderJson(seen.code, seen.message, seen.hint) : null,
  };
}

function chooseExitCode(error: unknown): number {
  if (error instanceof InterruptedError) return EXIT_CODES.interrupted;
  if (error instanceof InputError) return EXIT_CODES.input;
  if (error instanceof RecordError) return error.code === "SWERL_RUN_LOCKED" ? EXIT_CODES.locked : EXIT_CODES.data;
  if (error instanceof PolicyError || error instanceof TrainerError) return EXIT_CODES.engine;
  // Sandboxes, disks, too much infrastructure failing: what `swerl doctor` looks at.
  return error instanceof SwerlError ? EXIT_CODES.machine : EXIT_CODES.bug;
}

/** A full disk can meet any write; it is no bug of ours. */
async function nameFullDisk(error: unknown, words: readonly string[]): Promise<unknown> {
  if (error instanceof SwerlError || !isDiskFull(error)) return error;
  const { explainFullDisk } = await import("../wiring/check-disk.ts");
  const folders = [".", ...words.map((word) => word.replace(/^.*=/, ""))].map((path) => resolve(path));
  return (
    (await explainFullDisk(error, folders)) ??
    new SwerlError("SWERL_DISK_FULL", (error as Error).message, {
      hint: "free some space, or raise the quota, then run the same command again: what is on disk is whole",
      cause: error,
    })
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error instanceof InterruptedError);
}

function renderJson(code: string, message: string, hint?: string): string {
  return escapeControls(JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } }));
}
