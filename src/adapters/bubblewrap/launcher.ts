import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { InputError, SandboxError } from "../../platform/errors.ts";
import { LAUNCH_SCRIPT } from "./launch-script.ts";
import { readProcessState } from "./process-state.ts";

const START_TIMEOUT_MS = 30_000;
const SYSTEM_CALLS: Readonly<Record<string, readonly number[]>> = {
  // unshare, mount, prctl, capget, capset
  x64: [272, 165, 157, 125, 126],
  arm64: [97, 40, 167, 90, 91],
};

export interface LauncherOptions {
  /** Working directory of the launcher, where its socket lies. */
  readonly stateDirectory: string;
  readonly mountpoint: string;
  readonly seccomp: string;
}

export interface LaunchRequest {
  readonly diskBytes: number;
  /** See CgroupLease. */
  readonly entries: readonly string[];
  /** Lower layers; empty where there is none. */
  readonly rootfs: string;
  readonly tree: string;
  readonly root: readonly Placed[];
  readonly bwrap: readonly string[];
}

/**
 * Something put into a root, in this order: a folder or file with all that is mounted below it, or a link. A relative
 * source is a folder of launch-script.ts. No set-user-id programs and no devices.
 */
export type Placed = readonly [kind: "writable" | "read-only" | "link", source: string, target: string];

/** A sandbox on its way, and the launcher it came from. */
export interface Launched {
  /** The sandbox's stream, request sent. */
  readonly stream: Socket;
  /** True when the launcher has ended and nobody closed it: what killed it from outside killed its sandboxes too. */
  isLauncherLost(): boolean;
  /** Lets go of the sandbox's process, which has ended. */
  forget(pid: number): void;
}

interface Running {
  readonly process: ChildProcess;
  readonly socketPath: string;
}

/** Starts sandboxes without a fork of Node; see launch-script.ts. When its process has ended, the next use starts one. */
export class Launcher {
  readonly #options: LauncherOptions;
  #running: Promise<Running> | null = null;
  #isClosed = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  /** Rejects with SandboxError when there can be no launcher. */
  async launch(request: LaunchRequest): Promise<Launched> {
    this.#running ??= this.#start();
    const { process: child, socketPath } = await this.#running;
    const { diskBytes, entries, rootfs, tree, root, bwrap } = request;
    const fields = [String(diskBytes), entries.join(" "), rootfs, tree, ...root.flat(), "", ...bwrap];
    if (fields.some((field) => field.includes("\0"))) {
      throw new InputError("SWERL_SANDBOX_BAD_PATH", "a path of a sandbox holds a NUL byte");
    }
    const text = Buffer.from(fields.join("\0"), "utf8");
    const socket = connect(socketPath);
    // One that fails is closed then, and the sandbox sees that as its end.
    socket.on("error", () => {});
    // Sent before anything else is made of it here: that time passes while the sandbox starts.
    await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve()));
    if (socket.destroyed) throw new SandboxError("SWERL_SANDBOX_START_FAILED", "the launcher of sandboxes has ended");
    socket.write(Buffer.concat([Buffer.from(String(text.length).padStart(8, "0"), "latin1"), text]));
    return {
      stream: socket,
      isLauncherLost: () => !this.#isClosed && !isRunning(child),
      forget: (pid) => {
        if (isRunning(child)) child.stdin?.write(String(pid).padStart(8));
      },
    };
  }

  /** Ends the launcher, and with it every sandbox still open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = await this.#running?.catch(() => null);
    if (running === null || running === undefined) return;
    const { process: child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    child.stdin?.end();
    await once(child, "exit");
  }

  async #start(): Promise<Running> {
    const { stateDirectory, mountpoint, seccomp } = this.#options;
    const name = `launcher-${randomBytes(8).toString("hex")}`;
    const numbers = (SYSTEM_CALLS[process.arch] ?? []).map(String);
    const child = spawn("perl", ["-e", LAUNCH_SCRIPT, name, mountpoint, seccomp, ...numbers], {
      cwd: stateDirectory,
      detached: true,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const forget = (): void => {
      this.#running = null;
    };
    child.on("error", forget).on("exit", forget);
    // It is written to when it may have ended just now.
    child.stdin?.on("error", () => {});
    const said = await readFirst(child);
    if (said !== "ready\n") {
      child.kill("SIGKILL");
      throw new SandboxError("SWERL_SANDBOX_START_FAILED", `the launcher of sandboxes did not start: ${said}`, {
        hint: "install perl and run `swerl doctor`",
      });
    }
    // It ends with this process and keeps it from ending no more than an idle connection would.
    child.unref();
    for (const stream of child.stdio) (stream as unknown as { unref?: () => void } | null)?.unref?.();
    // Through /proc the path is short, however deep the folder: a socket's path has 107 bytes.
    return { process: child, socketPath: `/proc/${child.pid}/cwd/${name}` };
  }
}

/** Node learns of an end a moment after /proc does. */
function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null && readProcessState(pid).isRunning;
}

/** What a process says first on its output; else why it says nothing. */
async function readFirst(child: ChildProcess): Promise<string> {
  const { stdout: output, stderr: errors } = child;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no answer in ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const answer = (text: string): void => {
      clearTimeout(timer);
      resolve(text);
    };
    child.on("error", (error) => answer(error.message));
    output?.once("data", (chunk: Buffer) => answer(chunk.toString("utf8")));
    errors?.once("data", (chunk: Buffer) => answer(chunk.toString("utf8").trim()));
    child.on("exit", (code) => answer(`it ended with code ${code}`));
  });
}
