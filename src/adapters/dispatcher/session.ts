import { posix } from "node:path";

import { SandboxBrokenError, WRITE_REFUSED } from "../../platform/errors.ts";
import type { CallOptions, CommandResult, OutputStream, RunOptions, Sandbox } from "../../ports/sandbox.ts";
import { Exchange, type ExchangeOptions, type Request } from "./exchange.ts";
import type { Frame } from "./frame-reader.ts";
import { areDeclarations } from "./declarations.ts";
import { areOfPrograms, leavesNoTrace } from "./leaves-no-trace.ts";
import { EMPTY_STREAM, toOutputStream } from "./output-stream.ts";
import { quoteWord, renderEnvironment, renderPut } from "./render-request.ts";

const SLASH = "/".charCodeAt(0);
/** 128 + SIGKILL. */
const KILLED = 137;
const DEFAULT_OUTPUT_LIMIT_BYTES = 100_000;

export interface SessionOptions extends ExchangeOptions {
  readonly id: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A sandbox as seen through its dispatcher: everything of the port but extracting and closing, which need the
 * outside. It holds what a shell would remember between commands: the working directory and exported variables.
 */
export class Session implements Pick<Sandbox, "id" | "run" | "readFiles" | "writeFiles" | "listFiles"> {
  readonly id: string;
  readonly exchange: Exchange;
  readonly #workdir: string;
  readonly #destroy: () => void;
  /** Bytes: a folder's name need not be UTF-8. */
  #cwd: Buffer;
  #variables: Buffer;
  #areOfPrograms: boolean;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.exchange = new Exchange(options);
    this.#workdir = options.workdir;
    this.#destroy = options.destroy;
    this.#cwd = Buffer.from(options.workdir, "utf8");
    this.#variables = Buffer.from(`declare -x PWD OLDPWD SHLVL=1\n${renderEnvironment(options.env)}`, "utf8");
    this.#areOfPrograms = areOfPrograms(this.#variables);
  }

  /** True when the dispatcher answers within the deadline. */
  async ping(options: CallOptions): Promise<boolean> {
    const answer = await this.exchange.request({ op: "p", payloads: [] }, options);
    return answer.kind === "answered";
  }

  async run(command: string, options: RunOptions): Promise<CommandResult> {
    const started = performance.now();
    const canShare = options.ownShell !== true && options.stdin === undefined;
    const request: Request = {
      op: canShare && this.#areOfPrograms && leavesNoTrace(command) ? "w" : "x",
      payloads: [
        this.#cwd,
        this.#variables,
        Buffer.from(command.replaceAll("\0", ""), "utf8"),
        Buffer.from(options.stdin === undefined ? "" : Buffer.from(options.stdin).toString("base64"), "latin1"),
      ],
      numbers: [options.outputLimitBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES],
    };
    const answer = await this.exchange.request(request, options);
    const duration_ms = performance.now() - started;
    const outcome = answer.kind === "died" ? null : readOutcome(answer.frame);
    if (outcome === null) {
      if (answer.kind !== "died") this.#end();
      return {
        status: "sandbox_died",
        exit_code: null,
        stdout: EMPTY_STREAM,
        stderr: EMPTY_STREAM,
        duration_ms,
        cwd: this.#cwd.toString("utf8"),
      };
    }
    const isCut = answer.kind === "cut";
    if (!isCut) this.#remember(outcome.after);
    return {
      status: isCut ? "timed_out" : "exited",
      exit_code: isCut ? null : outcome.exitCode,
      stdout: outcome.stdout,
      stderr: outcome.stderr,
      duration_ms,
      cwd: this.#cwd.toString("utf8"),
    };
  }

  async readFiles(paths: readonly string[], options: CallOptions): Promise<(Uint8Array | null)[]> {
    if (paths.length === 0) return [];
    const words = paths.map((path) => quoteWord(this.#resolve(path))).join(" ");
    const expected = { kind: "r", payloads: paths.length };
    const { payloads } = await this.#evaluate(Buffer.from(`send_files ${words}`, "utf8"), expected, options);
    return [...payloads];
  }

  async writeFiles(
    files: readonly { readonly path: string; readonly content: Uint8Array; readonly executable?: boolean }[],
    options: CallOptions,
  ): Promise<void> {
    const puts = files.map((file) => renderPut(this.#resolve(file.path), file.content, file.executable));
    const snippet = Buffer.concat([Buffer.from("failed=0\n"), ...puts, Buffer.from('reply w "$failed"')]);
    const frame = await this.#evaluate(snippet, { kind: "w", payloads: 0 }, options);
    if (frame.words[1] === "0") return;
    const names = files.map((file) => file.path).join(", ");
    throw new SandboxBrokenError(WRITE_REFUSED, `could not write all of ${names} in sandbox ${this.id}`, {
      hint: "a folder is in the way, a parent is no folder, or the sandbox's disk is full",
    });
  }

  async listFiles(path: string, options: CallOptions): Promise<string[] | null> {
    const snippet = Buffer.from(`send_list ${quoteWord(this.#resolve(path))}`, "utf8");
    const frame = await this.#evaluate(snippet, { kind: "l", payloads: 1 }, options);
    const listing = frame.payloads[0];
    if (listing === null || listing === undefined) return null;
    const names = listing.toString("utf8").split("//");
    return names
      .slice(0, -1)
      .map((name) => (name.startsWith("d") ? `${name.slice(1)}/` : name.slice(1)))
      .sort();
  }

  /**
   * A file operation. When code inside got in its way (killed the worker, swapped a file for a pipe), everything
   * inside has been ended by the dispatcher, so a second try stands alone.
   */
  async #evaluate(
    snippet: Buffer,
    expected: { readonly kind: string; readonly payloads: number },
    options: CallOptions,
  ): Promise<Frame> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await this.exchange.request({ op: "s", payloads: [snippet] }, options);
      const frame = answer.kind === "died" ? null : answer.frame;
      if (answer.kind === "cut" || frame?.words[0] === "f") continue;
      if (frame?.words[0] === expected.kind && frame.payloads.length === expected.payloads) return frame;
      if (frame !== null) this.#end();
      throw new SandboxBrokenError("SWERL_SANDBOX_DIED", `sandbox ${this.id} has ended; a command killed it`);
    }
    throw new SandboxBrokenError(
      "SWERL_SANDBOX_TIMEOUT",
      `sandbox ${this.id} served no files in ${options.timeoutMs} ms, twice`,
    );
  }

  /**
   * Takes over what the shell had at its end: working directory, newline, //, declarations. Code inside can write that
   * file too: what is not a list of plain declarations is not evaluated, and the variables stay as they were.
   */
  #remember(after: Buffer | null): void {
    const seam = after?.indexOf("\n//") ?? -1;
    if (after === null || seam === -1) return;
    const directory = after.subarray(0, seam);
    if (directory[0] === SLASH) this.#cwd = directory;
    const declarations = after.subarray(seam + 3);
    if (!areDeclarations(declarations)) return;
    this.#variables = declarations;
    this.#areOfPrograms = areOfPrograms(declarations);
  }

  /** What came is no answer of our dispatcher: nothing of the sandbox is believed any more. */
  #end(): void {
    this.#destroy();
    this.exchange.die();
  }

  #resolve(path: string): string {
    return posix.resolve(this.#workdir, path);
  }
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly after: Buffer | null;
}

/** What the reply to a command says; null when no dispatcher of ours would say it. */
function readOutcome({ words, payloads }: Frame): Outcome | null {
  const [kind, ...numbers] = words;
  const [stdout = null, stderr = null, after = null] = payloads;
  if ((kind !== "x" && kind !== "k") || numbers.length !== 3 || stdout === null || stderr === null) return null;
  if (!numbers.every((number) => /^\d{1,15}$/.test(number))) return null;
  const [code, stdoutBytes, stderrBytes] = numbers.map(Number) as [number, number, number];
  if (code > 255 || stdoutBytes < stdout.length || stderrBytes < stderr.length) return null;
  return {
    // `k` without a deadline: the command had everything killed, itself included.
    exitCode: kind === "k" ? KILLED : code,
    stdout: toOutputStream(stdout, stdoutBytes),
    stderr: toOutputStream(stderr, stderrBytes),
    after,
  };
}
