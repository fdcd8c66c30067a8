/** What every command gets: where it writes, and when to stop. */
export interface CommandContext {
  /** Results, for people or (with --json) one JSON object as the last line. */
  readonly stdout: NodeJS.WritableStream;
  /** Progress and warnings. */
  readonly stderr: NodeJS.WritableStream;
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
