import type { TextSink } from "./terminal-text.ts";

/** What every command gets: where it writes, and when to stop. */
export interface CommandContext {
  /** Results, for people or (with --json) one JSON object as the last line. */
  readonly stdout: TextSink;
  /** Progress and warnings; as written, because progress steers the terminal. */
  readonly stderr: TextSink;
  /** Progress may redraw one line. */
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
}

/** Flags that the four verbs share. */
export interface SharedFlags {
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly json: boolean;
  readonly dryRun: boolean;
}
