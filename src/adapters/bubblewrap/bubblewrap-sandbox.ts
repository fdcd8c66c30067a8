import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions, CommandResult, FileChange, RunOptions, Sandbox, SandboxSpec } from "../../ports/sandbox.ts";
import { Session } from "../dispatcher/session.ts";
import { findInLayer, readChanges } from "./read-changes.ts";

/** Time the launcher has to end by itself before it is killed. */
const CLOSE_TIMEOUT_MS = 3_000;
const MAX_NOTES_BYTES = 4_096;

export interface BubblewrapSandboxOptions {
  readonly id: string;
  readonly spec: SandboxSpec;
  readonly env: Readonly<Record<string, string>>;
  /** The launcher (launch-script.ts) with pipes on descriptors 0 to 3. */
  readonly launcher: ChildProcess;
  /** Called once, when no process of the sandbox is left. */
  readonly onGone: () => void;
}

/** One sandbox: a launcher that holds its mounts, bubblewrap below it, the dispatcher inside. */
export class BubblewrapSandbox implements Sandbox {
  readonly id: string;
  readonly #spec: SandboxSpec;
  readonly #launcher: ChildProcess;
  readonly #session: Session;
  /** Resolves when every process inside has ended; the mounts may still be there. */
  readonly #ended: Promise<void>;
  readonly #gone: Promise<void>;
  #bwrapPid: number | null = null;
  /** Process 1 of the sandbox as the host sees it. */
  #dispatcherPid: number | null = null;
  #stderr = "";

  constructor(options: BubblewrapSandboxOptions) {
    this.id = options.id;
    this.#spec = options.spec;
    this.#launcher = options.launcher;
    const [input, output, stderr, notes] = options.launcher.stdio as unknown as [
      Writable,
      Readable,
      Readable,
      Readable,
    ];
    this.#session = new Session({
      id: options.id,
      workdir: options.spec.workdir,
      env: options.env,
      input,
      output,
      interrupt: async () => {
        if (this.#dispatcherPid !== null) process.kill(this.#dispatcherPid, "SIGUSR1");
      },
      destroy: () => this.#killInside(),
    });
    stderr.on("data", (chunk: Buffer) => {
      if (this.#stderr.length < MAX_NOTES_BYTES) this.#stderr += chunk.toString("utf8");
    });
    this.#ended = this.#readNotes(notes);
    this.#gone = once(options.launcher, "close").then(options.onGone, options.onGone);
    void this.#ended.then(() => this.#session.exchange.die());
  }

  /** Resolves when the dispatcher answers; rejects with what the launcher said when it does not. */
  async start(options: CallOptions): Promise<void> {
    if (await this.#session.ping(options)) return;
    // What the launcher said is complete when it has ended.
    await this.close();
    options.signal.throwIfAborted();
    const said = this.#stderr.trim().slice(0, 2_000);
    throw new SandboxError(
      "SWERL_SANDBOX_START_FAILED",
      `bubblewrap could not start a sandbox: ${said || "no answer"}`,
      {
        hint: "run `swerl doctor`; it checks bubblewrap, user namespaces and overlayfs",
      },
    );
  }

  run(command: string, options: RunOptions): Promise<CommandResult> {
    return this.#session.run(command, options);
  }

  readFiles(paths: readonly string[], options: CallOptions): Promise<(Uint8Array | null)[]> {
    return this.#session.readFiles(paths, options);
  }

  writeFiles(files: Parameters<Sandbox["writeFiles"]>[0], options: CallOptions): Promise<void> {
    return this.#session.writeFiles(files, options);
  }

  listFiles(path: string, options: CallOptions): Promise<string[] | null> {
    return this.#session.listFiles(path, options);
  }

  async extractChanges(options: CallOptions): Promise<FileChange[]> {
    const killer = setTimeout(() => this.#killInside(), Math.min(options.timeoutMs / 2, CLOSE_TIMEOUT_MS));
    this.#session.exchange.quit();
    await this.#ended;
    clearTimeout(killer);
    options.signal.throwIfAborted();
    if (this.#launcher.exitCode !== null || this.#launcher.signalCode !== null) {
      throw new SandboxError("SWERL_SANDBOX_LOST", `the layers of sandbox ${this.id} are gone`, {
        hint: "something outside ended its launcher; the trajectory can be run again",
      });
    }
    const layers = `/proc/${this.#launcher.pid}/cwd`;
    const { tree, rootfs, workdir } = this.#spec;
    if (tree !== null) return readChanges({ upper: `${layers}/tree-upper`, lower: tree, merged: `${layers}/tree` });
    if (rootfs.kind !== "directory") {
      return readChanges({ upper: `${layers}/tree`, lower: null, merged: `${layers}/tree` });
    }
    const [upper, lower, merged] = await Promise.all([
      findInLayer(`${layers}/root-upper`, workdir),
      findInLayer(rootfs.path, workdir),
      findInLayer(`${layers}/root`, workdir),
    ]);
    return readChanges({ upper, lower, merged });
  }

  async close(): Promise<void> {
    this.#session.exchange.quit();
    this.#launcher.stdin?.end();
    const killer = setTimeout(() => {
      this.#killInside();
      this.#launcher.kill("SIGKILL");
    }, CLOSE_TIMEOUT_MS);
    await this.#gone;
    clearTimeout(killer);
  }

  /** Kills bubblewrap; the kernel then ends every process of its pid namespace. */
  #killInside(): void {
    if (this.#bwrapPid !== null && this.#launcher.exitCode === null) process.kill(this.#bwrapPid, "SIGKILL");
  }

  async #readNotes(notes: Readable): Promise<void> {
    let text = "";
    await new Promise<void>((resolve) => {
      notes.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        const pid = /pid (\d+)\n/.exec(text)?.[1];
        if (pid !== undefined) this.#bwrapPid = Number(pid);
        const child = /"child-pid": (\d+)/.exec(text)?.[1];
        if (child !== undefined) this.#dispatcherPid = Number(child);
        if (!text.includes("ended")) return;
        this.#bwrapPid = null;
        this.#dispatcherPid = null;
        resolve();
      });
      notes.on("end", resolve).on("error", resolve).on("close", resolve);
    });
  }
}
