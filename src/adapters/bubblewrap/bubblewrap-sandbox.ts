import { close, closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions, CommandResult, RunOptions, Sandbox, SandboxSpec, TreeChanges } from "../../ports/sandbox.ts";
import { Session } from "../dispatcher/session.ts";
import type { Launched } from "./launcher.ts";
import { type ProcessState, readProcessState, wasKilledFromOutside } from "./process-state.ts";
import { findInLayer, readChanges } from "./read-changes.ts";

/** Time that process 1 has to be gone after a SIGKILL before bubblewrap is killed too, and then the stream closed. */
const KILL_TIMEOUT_MS = 3_000;
const MAX_NOTES_BYTES = 8_192;
/** Time for the launcher's first word; more than enough where the machine is not overwhelmed. */
const FIRST_WORD_MS = 100;

export interface BubblewrapSandboxOptions {
  readonly id: string;
  readonly spec: SandboxSpec;
  readonly env: Readonly<Record<string, string>>;
  readonly launched: Launched;
  /** See CgroupLease. */
  readonly mayHaveRunOutOfMemory: () => boolean;
  /** Called once, when no process of the sandbox is left and what it wrote is freed. */
  readonly onGone: () => void;
}

/** Folders of a sandbox as the host reads them, held open: its mounts are gone from every namespace when it ends. */
interface Layers {
  /** The tmpfs with the upper layers. */
  readonly top: number;
  /** The merged views; null where there is no overlay. */
  readonly root: number | null;
  readonly tree: number | null;
}

/** One sandbox: bubblewrap, which the launcher's fork became, and the dispatcher below it, over one stream. */
export class BubblewrapSandbox implements Sandbox {
  readonly id: string;
  readonly #options: BubblewrapSandboxOptions;
  readonly #stream: Socket;
  readonly #session: Session;
  /** Resolves when every process inside has ended. */
  readonly #ended: Promise<void>;
  readonly #gone: Promise<void>;
  #isEnded = false;
  /** We ended it, on purpose or because it did not answer. */
  #isEndedHere = false;
  /** How bubblewrap ended, as wait(2) tells it. */
  #exitStatus: number | null = null;
  /** What the stream carried before the dispatcher answered. */
  #notes = "";
  #bwrapPid: number | null = null;
  /** Process 1 of the sandbox as the host sees it. */
  #dispatcherPid: number | null = null;
  #layers: Layers | null = null;
  /** Settles when nobody reads the layers any more. */
  #reading: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(options: BubblewrapSandboxOptions) {
    this.id = options.id;
    this.#options = options;
    const { stream } = options.launched;
    this.#stream = stream;
    this.#session = new Session({
      id: options.id,
      workdir: options.spec.workdir,
      env: options.env,
      input: stream,
      output: stream,
      interrupt: async () => this.#signal(this.#dispatcherPid, "SIGUSR1"),
      destroy: () => {
        this.#isEndedHere = true;
        this.#signal(this.#bwrapPid, "SIGKILL");
      },
    });
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isEnded = true;
        resolve();
      };
      stream.once("end", end).once("close", end);
    });
    this.#gone = this.#ended.then(() => this.#vanish());
  }

  /** Resolves when the dispatcher answers; rejects with what the launcher said when it does not. */
  async start(options: CallOptions): Promise<void> {
    const note = (chunk: Buffer): void => {
      if (this.#notes.length < MAX_NOTES_BYTES) this.#notes += chunk.toString("latin1");
      this.#readNotes();
    };
    this.#stream.on("data", note);
    // A write to a stream that the other end has closed would throw away what came over it: why a start failed.
    await this.#hearOfProcess(FIRST_WORD_MS);
    // No command has run until here, so what it says of processes is true.
    const isUp = await this.#session.ping(options);
    if (isUp && this.#layers !== null) {
      this.#stream.off("data", note);
      return;
    }
    await this.close();
    options.signal.throwIfAborted();
    const said = this.#notes.replace(/^pid \d+\n/, "").trim();
    throw new SandboxError(
      "SWERL_SANDBOX_START_FAILED",
      `bubblewrap could not start a sandbox: ${said.slice(0, 2_000) || "no answer"}`,
      { hint: "run `swerl doctor`; it checks bubblewrap, user namespaces and overlayfs" },
    );
  }

  async run(command: string, options: RunOptions): Promise<CommandResult> {
    const result = await this.#session.run(command, options);
    if (result.status === "sandbox_died") await this.#confirmOwnDeath();
    return result;
  }

  readFiles(paths: readonly string[], options: CallOptions): Promise<(Uint8Array | null)[]> {
    return this.#confirmed(this.#session.readFiles(paths, options));
  }

  writeFiles(files: Parameters<Sandbox["writeFiles"]>[0], options: CallOptions): Promise<void> {
    return this.#confirmed(this.#session.writeFiles(files, options));
  }

  listFiles(path: string, options: CallOptions): Promise<string[] | null> {
    return this.#confirmed(this.#session.listFiles(path, options));
  }

  extractChanges(options: CallOptions): Promise<TreeChanges> {
    const read = this.#extract(options);
    this.#reading = Promise.allSettled([this.#reading, read]);
    return read;
  }

  async #extract(options: CallOptions): Promise<TreeChanges> {
    await this.#end();
    options.signal.throwIfAborted();
    if (this.#layers === null) {
      throw new SandboxError("SWERL_SANDBOX_CLOSED", `sandbox ${this.id} is closed; nothing of it is left to read`);
    }
    // With its slash at the end: without it, lstat sees the link and not the folder.
    const at = (descriptor: number): string => `/proc/self/fd/${descriptor}/`;
    const { top, root, tree } = this.#layers;
    const { rootfs, workdir } = this.#options.spec;
    if (tree !== null) {
      return readChanges({ upper: `${at(top)}tree-upper`, lower: this.#options.spec.tree, merged: at(tree) });
    }
    if (root === null || rootfs.kind !== "directory") {
      return readChanges({ upper: `${at(top)}tree`, lower: null, merged: `${at(top)}tree` });
    }
    const [upper, lower, merged] = await Promise.all([
      findInLayer(`${at(top)}root-upper`, workdir),
      findInLayer(rootfs.path, workdir),
      findInLayer(at(root), workdir),
    ]);
    return readChanges({ upper, lower, merged });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#end();
    this.#stream.destroy();
    await this.#gone;
    const { top, root, tree } = this.#layers ?? { top: null, root: null, tree: null };
    this.#layers = null;
    // The number of a closed descriptor is soon that of another sandbox's layer.
    await this.#reading;
    // The last close frees what was written, which can take long.
    for (const descriptor of [tree, root, top]) if (descriptor !== null) await closeDescriptor(descriptor);
    if (this.#bwrapPid !== null) this.#options.launched.forget(this.#bwrapPid);
    this.#options.onGone();
  }

  async #confirmed<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      if (this.#session.exchange.isDead) await this.#confirmOwnDeath();
      throw error;
    }
  }

  /**
   * The stream has ended. Code inside can bring that about (it fills the memory, it garbles the dispatcher's input); the
   * end of the launcher or a kill of bubblewrap is the host's or the operator's doing, and rejects.
   */
  async #confirmOwnDeath(): Promise<void> {
    if (this.#isEndedHere) return;
    await this.#gone;
    const { launched, mayHaveRunOutOfMemory } = this.#options;
    const isKilled = wasKilledFromOutside(this.#exitStatus) && !mayHaveRunOutOfMemory();
    if (!launched.isLauncherLost() && !isKilled) return;
    throw new SandboxError("SWERL_SANDBOX_LOST", `sandbox ${this.id} was lost: its processes were killed`, {
      hint: "an operator or the host's OOM killer ended them; the trajectory can be run again",
    });
  }

  #readNotes(): void {
    if (this.#dispatcherPid !== null) return;
    this.#bwrapPid = findNumber(this.#notes, /^pid (\d+)\n/);
    this.#dispatcherPid = findNumber(this.#notes, /"child-pid": (\d+)/);
    if (this.#bwrapPid !== null && this.#dispatcherPid !== null) this.#layers = this.#openLayers(this.#bwrapPid);
  }

  /** Its process id comes first; without it nobody could wait for its end. Resolves as well when there is none in time. */
  async #hearOfProcess(waitMs = KILL_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (this.#bwrapPid === null && !this.#isEnded && performance.now() < deadline) {
      await delay(1);
      this.#readNotes();
    }
  }

  /** Ends every process inside: the kernel does when process 1 ends. */
  async #end(): Promise<void> {
    this.#isEndedHere = true;
    this.#session.exchange.die();
    if (this.#dispatcherPid === null) {
      await this.#hearOfProcess();
      this.#stream.destroy();
    }
    this.#signal(this.#dispatcherPid, "SIGKILL");
    const killer = setTimeout(() => this.#signal(this.#bwrapPid, "SIGKILL"), KILL_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(killer);
  }

  /** The stream ends a moment before its last process does. */
  async #vanish(): Promise<void> {
    const deadline = performance.now() + KILL_TIMEOUT_MS;
    let state = this.#readBwrapState();
    while (state.isRunning && performance.now() < deadline) {
      await delay(1);
      state = this.#readBwrapState();
    }
    this.#exitStatus = state.isRunning ? null : state.status;
  }

  #readBwrapState(): ProcessState {
    return this.#bwrapPid === null ? { isRunning: false, status: null } : readProcessState(this.#bwrapPid);
  }

  #signal(pid: number | null, signal: NodeJS.Signals): void {
    if (pid === null || this.#isEnded) return;
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, and the end of the stream is on its way.
    }
  }

  /** Through bubblewrap, which stays in the launcher's mount namespace and working directory. null when it has ended. */
  #openLayers(pid: number): Layers | null {
    const opened: number[] = [];
    const open = (path: string): number => {
      const descriptor = openSync(path, "r");
      opened.push(descriptor);
      return descriptor;
    };
    const cwd = `/proc/${pid}/cwd`;
    const { rootfs, tree } = this.#options.spec;
    try {
      return {
        top: open(cwd),
        root: rootfs.kind === "directory" ? open(`${cwd}/root`) : null,
        tree: tree === null ? null : open(`${cwd}/tree`),
      };
    } catch {
      opened.map(closeSync);
      return null;
    }
  }
}

const closeDescriptor = promisify(close);

function findNumber(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
