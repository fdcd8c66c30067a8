import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions, CommandResult, RunOptions, Sandbox, SandboxSpec, TreeChanges } from "../../ports/sandbox.ts";
import { Session } from "../dispatcher/session.ts";
import { Demultiplexer } from "./demultiplex.ts";
import { openReplies, openRequests } from "./direct-pipes.ts";
import type { DiskWatch } from "./disk-watch.ts";
import type { ContainerState, DockerEngine } from "./docker-engine.ts";
import { readImageChanges } from "./read-image-changes.ts";
import type { WarmSandbox } from "./warm-pool.ts";
import { type ArchivedFile, compareWithTree, readArchive } from "./read-archive.ts";

const NEVER = new AbortController().signal;
const CONTROL_TIMEOUT_MS = 30_000;
/** How a container ended must be known soon, however little time its last call had. */
const CONFIRM_TIMEOUT_MS = 10_000;
/** Room in an archive for tar headers and the folders' own entries. */
const ARCHIVE_SLACK_BYTES = 1024 * 1024 * 1024;

export interface DockerSandboxOptions {
  readonly engine: DockerEngine;
  /** A container that was created and attached to, not started yet. */
  readonly containerId: string;
  readonly image: string;
  readonly socket: Duplex;
  readonly spec: SandboxSpec;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes put into the container before it started. */
  readonly treeBytes: number;
  readonly disk: DiskWatch;
  /** Removes the container; must not reject. */
  readonly remove: () => Promise<void>;
}

/**
 * One sandbox: a container whose process 1 is the dispatcher. Requests and replies go over one attached socket, or over
 * the dispatcher's own pipes where swerl can open them; then the socket only tells the container's end.
 */
export class DockerSandbox implements WarmSandbox {
  readonly id: string;
  readonly #options: DockerSandboxOptions;
  readonly #session: Session;
  readonly #unwatch: () => void;
  #phase: "live" | "frozen" | "closed" = "live";
  #pipes: readonly Socket[] = [];
  #killedHere = false;
  /** Why the watch of the disk ended it. */
  #verdict: Promise<SandboxError | null> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: DockerSandboxOptions) {
    this.#options = options;
    this.id = options.containerId;
    const output = new Demultiplexer();
    options.socket.on("error", (error) => output.destroy(error));
    options.socket.on("close", () => output.end());
    options.socket.pipe(output);
    this.#session = new Session({
      id: options.containerId.slice(0, 12),
      workdir: options.spec.workdir,
      env: options.env,
      input: options.socket,
      output,
      interrupt: async () => {
        await options.engine.kill(options.containerId, { signal: NEVER, timeoutMs: CONTROL_TIMEOUT_MS }, "SIGUSR1");
      },
      destroy: () => this.#killSoon(),
    });
    this.#unwatch = options.disk.watch({
      id: this.id,
      treeBytes: options.treeBytes,
      diskBytes: options.spec.limits.diskBytes,
      end: (verdict) => {
        this.#verdict ??= verdict;
        return this.#kill({ signal: NEVER, timeoutMs: CONTROL_TIMEOUT_MS }).catch(() => undefined);
      },
    });
  }

  /** Resolves when the dispatcher of the started container answers. */
  async start(options: CallOptions): Promise<void> {
    if ((await this.#session.ping(options)) && (await this.#shorten(options))) return;
    const state = await this.#inspect(options);
    throw new SandboxError("SWERL_SANDBOX_START_FAILED", `no dispatcher in a container of ${this.#options.image}`, {
      hint: `bash ended with exit code ${state.ExitCode}; the image needs bash and coreutils`,
    });
  }

  /** Goes around the engine where that is possible. False when the dispatcher does not answer that way. */
  async #shorten(options: CallOptions): Promise<boolean> {
    const { Pid: pid } = await this.#inspect(options);
    if (pid === undefined) return true;
    const container = { containerId: this.id, pid };
    const input = await openRequests(container);
    if (input === null) return true;
    this.#pipes = [input];
    await this.#session.exchange.request({ op: "d", payloads: [] }, options);
    const output = openReplies(container);
    if (output === null) return false;
    this.#pipes = [input, output];
    this.#session.exchange.move({ input, output });
    return this.#session.ping(options);
  }

  async run(command: string, options: RunOptions): Promise<CommandResult> {
    const result = await this.#session.run(command, options);
    if (result.status === "sandbox_died" && this.#phase === "live") await this.#confirmOwnDeath(options.signal);
    return result;
  }

  async readFiles(paths: readonly string[], options: CallOptions): Promise<(Uint8Array | null)[]> {
    return this.#confirmed(options, () => this.#session.readFiles(paths, options));
  }

  async writeFiles(files: Parameters<Sandbox["writeFiles"]>[0], options: CallOptions): Promise<void> {
    return this.#confirmed(options, () => this.#session.writeFiles(files, options));
  }

  async listFiles(path: string, options: CallOptions): Promise<string[] | null> {
    return this.#confirmed(options, () => this.#session.listFiles(path, options));
  }

  async extractChanges(options: CallOptions): Promise<TreeChanges> {
    const { engine, spec } = this.#options;
    if (this.#phase === "live" && this.#session.exchange.isDead) await this.#confirmOwnDeath(options.signal);
    this.#phase = "frozen";
    this.#unwatch();
    // Process 1 ends and the kernel ends the rest: from here on nothing inside changes.
    await this.#kill(options);
    this.#session.exchange.die();
    if (spec.tree === null) return readImageChanges(engine, this.id, this.#options.image, spec, options);
    return compareWithTree(spec.tree, await this.#readWorkdir(options));
  }

  async #readWorkdir(options: CallOptions): Promise<Map<string, ArchivedFile>> {
    const { engine, spec } = this.#options;
    const limitBytes = spec.limits.diskBytes + ARCHIVE_SLACK_BYTES;
    try {
      return await engine.readArchive(this.id, spec.workdir, options, (archive, signal) =>
        readArchive(archive, limitBytes, signal),
      );
    } catch (error) {
      if (!(error instanceof SandboxError) || error.code !== "SWERL_DOCKER_NOT_FOUND") throw error;
      // The container is there, so it is the workdir that code inside has removed.
      await this.#inspect(options);
      return new Map();
    }
  }

  /** False once the dispatcher's stream has ended. */
  isAlive(): boolean {
    return this.#phase === "live" && !this.#session.exchange.isDead;
  }

  close(): Promise<void> {
    this.#phase = "closed";
    this.#unwatch();
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#session.exchange.die();
    for (const stream of [this.#options.socket, ...this.#pipes]) stream.destroy();
    await this.#options.remove();
  }

  async #confirmed<T>({ signal }: CallOptions, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (this.#session.exchange.isDead && this.#phase === "live") await this.#confirmOwnDeath(signal);
      throw error;
    }
  }

  /**
   * The stream has ended. Code inside can bring that about, with any exit code: it fills the memory, it garbles the
   * dispatcher's input, it gives process 1 a limit of no processor time. Only what the engine says of itself is evidence
   * of something else: the container runs on, or somebody had it killed. That rejects.
   */
  async #confirmOwnDeath(signal: AbortSignal): Promise<void> {
    const options = { signal, timeoutMs: CONFIRM_TIMEOUT_MS };
    const state = await this.#inspect(options);
    const lost = await this.#verdict;
    if (lost !== null) throw lost;
    if (this.#killedHere) return;
    const { Running: isRunning, FinishedAt: finishedAt } = state;
    const { engine } = this.#options;
    if (!isRunning && (finishedAt === undefined || !(await engine.wasKilled(this.id, finishedAt, options)))) return;
    throw new SandboxError(
      "SWERL_SANDBOX_LOST",
      `container ${this.id.slice(0, 12)} was lost (exit ${state.ExitCode})`,
      {
        hint: "the engine restarted or something ended the container; the trajectory can be run again",
      },
    );
  }

  #inspect(options: CallOptions): Promise<ContainerState> {
    return this.#options.engine.inspect(this.id, options);
  }

  /** Ends every process. A container that has ended already counts as killed. */
  async #kill(options: CallOptions): Promise<void> {
    this.#killedHere = true;
    await this.#options.engine.kill(this.id, options).catch((error: unknown) => {
      if (!(error instanceof SandboxError) || error.code !== "SWERL_DOCKER_CONFLICT") throw error;
    });
  }

  /** The same without waiting. What fails shows when the container is read or removed. */
  #killSoon(): void {
    this.#kill({ signal: NEVER, timeoutMs: CONTROL_TIMEOUT_MS }).catch(() => {});
  }
}
