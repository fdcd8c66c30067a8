import type { LeftOutPath } from "../domain/left-out.ts";

/**
 * A sandbox is one single-use isolated machine holding one repository: no network, no secrets, nothing of
 * the host that it could change. It is opened, used by one trajectory or one grading, and closed; never reset.
 *
 * Contract, for every adapter (test/contracts/sandbox.ts):
 * - every method takes an AbortSignal and settles within its deadline, whatever the code inside does;
 * - `run` answers for everything a command can do (exit, exec, kill -9 -1, fork bombs, 200 MB of output);
 *   it rejects only with SandboxError, and only on independent evidence of an infrastructure fault;
 * - file operations reject with SandboxBrokenError when what ran inside stands in the way: it ended the sandbox
 *   (SWERL_SANDBOX_DIED), a file cannot be written there (SWERL_SANDBOX_WRITE_REFUSED);
 * - paths are absolute inside the sandbox, or relative to the workdir;
 * - after `close`, no process, mount, container or file of the sandbox is left.
 */
export interface SandboxProvider {
  readonly name: "bubblewrap" | "docker" | "fake";
  /**
   * Opens a fresh sandbox. Rejects with SandboxError (code, fix) when that is impossible. An image that has to be pulled
   * first takes the time it takes.
   */
  open(spec: SandboxSpec, options: CallOptions): Promise<Sandbox>;
  /** Starts sandboxes that later opens of an equal spec will take; returns at once. A hint: never fails. */
  warm?(spec: SandboxSpec, count: number): void;
  /** Begins to fetch images that later opens will need, in this order; returns at once. A hint: never fails. */
  prefetch?(images: readonly string[]): void;
  /**
   * Whether sandboxes of an image could be opened, cheaply: it is here, or a registry has it for this machine. Rejects
   * with SandboxError, which says why not and how to mend it. null, or absent, where images are not looked for.
   */
  checkImage?(image: string, options: CallOptions): Promise<CheckedImage | null>;
  /** Closes every sandbox still open. Idempotent. */
  close(): Promise<void>;
}

export interface CheckedImage {
  readonly where: "present" | "remote";
  /** What the name means for as long as the provider lives; a later provider that is given it goes on with the same. */
  readonly exact: string;
}

export interface SandboxSpec {
  /** The root file system. */
  readonly rootfs:
    | { readonly kind: "host" }
    | { readonly kind: "directory"; readonly path: string }
    | { readonly kind: "image"; readonly reference: string };
  /**
   * Host folder with the repository tree (with a single-commit .git), laid over or copied to `workdir`;
   * null when the rootfs already holds it. The host folder itself is never changed.
   */
  readonly tree: string | null;
  /** Absolute folder inside the sandbox where commands start. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Bash that makes the sandbox what it should be before it is handed over; variables that it exports stay. Run by the
   * providers that wiring opens; a failure is one of infrastructure.
   */
  readonly setup?: string;
  readonly limits: SandboxLimits;
}

export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly maxProcesses: number;
  /** Bytes the sandbox may write. */
  readonly diskBytes: number;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface RunOptions extends CallOptions {
  /** Bytes kept of each stream: the first and the last half. Default 100,000. */
  readonly outputLimitBytes?: number;
  /** Bytes given to the command's standard input; without it stdin is empty. */
  readonly stdin?: Uint8Array;
  /**
   * True: a shell of its own, which served nothing before. Without it one that did may be taken for a command that can
   * leave nothing in it; a program of the agent that runs as the shell's own user might have tampered with that shell.
   */
  readonly ownShell?: boolean;
}

export interface CommandResult {
  /** `exited`: exit_code counts. `timed_out`: everything it started is dead, the session goes on. `sandbox_died`: the command ended its sandbox. */
  readonly status: "exited" | "timed_out" | "sandbox_died";
  /** 0-255; 128+n for signal n; null unless `exited`. */
  readonly exit_code: number | null;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly duration_ms: number;
  /** Working directory after the command. */
  readonly cwd: string;
}

export interface OutputStream {
  /** UTF-8 with U+FFFD for invalid bytes; head and tail when bytes were dropped. */
  readonly text: string;
  readonly total_bytes: number;
  /** Bytes left out between head and tail. */
  readonly dropped_bytes: number;
}

/** One changed path of the workdir, relative to it, as seen from outside. */
export interface FileChange {
  readonly path: string;
  /** null: the file is gone. */
  readonly content: Uint8Array | null;
  /** True when any executable bit is set. */
  readonly executable: boolean;
}

/** What differs from the tree that a sandbox was opened with. */
export interface TreeChanges {
  readonly changes: readonly FileChange[];
  /** Changed paths that are not among the changes: nothing is dropped without a word. */
  readonly left_out: readonly LeftOutPath[];
}

export interface Sandbox {
  readonly id: string;
  /** Runs a bash command; cwd and exported variables carry over to the next one. */
  run(command: string, options: RunOptions): Promise<CommandResult>;
  /** Contents by path, in order; null for what does not exist, is no regular file, or is larger than 16 MiB. */
  readFiles(paths: readonly string[], options: CallOptions): Promise<(Uint8Array | null)[]>;
  /** Writes files, making parent folders. */
  writeFiles(
    files: readonly {
      readonly path: string;
      readonly content: Uint8Array;
      readonly executable?: boolean;
    }[],
    options: CallOptions,
  ): Promise<void>;
  /** Regular files and folders below a folder, sorted; folders end with `/`. Dot folders are listed, not entered. null when absent. */
  listFiles(path: string, options: CallOptions): Promise<string[] | null>;
  /**
   * Ends every process inside, then lists what differs from the tree it was opened with, read from outside.
   * Regular files only, without `.git`; at most 2,000, each of at most 2 MiB. The sandbox can only be closed afterwards.
   */
  extractChanges(options: CallOptions): Promise<TreeChanges>;
  /** Idempotent; never rejects. */
  close(): Promise<void>;
}
