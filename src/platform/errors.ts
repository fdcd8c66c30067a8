/**
 * The errors of the run lane. A bad trajectory is data and never one of these; a bad run is one of
 * these and travels to main.ts, the only place that renders it.
 */

/** A failure the person can act on: a stable code, what was seen, and the command or change that mends it. */
export class SwerlError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** The person's input is wrong: a flag, a config file, a task file. Exit code 2, nothing created. */
export class InputError extends SwerlError {}

/** A sandbox could not be had or used although the code under test did nothing wrong. */
export class SandboxError extends SwerlError {}

/** The code inside made its own sandbox unusable: never infrastructure, never retried. */
export class SandboxBrokenError extends SwerlError {}

/** The code of the SandboxBrokenError of a file that cannot be written where it was asked for. */
export const WRITE_REFUSED = "SWERL_SANDBOX_WRITE_REFUSED";

/** The policy endpoint did not answer as its protocol says. */
export class PolicyError extends SwerlError {}

/** The code of the PolicyError of a prompt that leaves no room in the server's window: the policy's doing. */
export const CONTEXT_FULL = "SWERL_POLICY_CONTEXT_FULL";

/** The trainer service refused or failed an operation. */
export class TrainerError extends SwerlError {}

/** A record on disk is torn, corrupt or of an unknown format. */
export class RecordError extends SwerlError {}

/** The person asked to stop; finished work is on disk and the same command goes on. */
export class InterruptedError extends SwerlError {
  constructor(message = "interrupted") {
    super("SWERL_INTERRUPTED", message, { hint: "run the same command again to go on" });
  }
}
