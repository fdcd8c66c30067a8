#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { describeFailure } from "./commands/describe-failure.ts";
import { InterruptedError } from "./platform/errors.ts";

/** The only catch-all, the only place that sets the exit code, and the only listener of signals. */
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Asked twice: what is on disk is safe, and sandboxes and the trainer end with this process.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort(new InterruptedError(`interrupted by ${signal}`));
    process.stderr.write("\nstopping; finished trajectories are on disk (once more to stop at once)\n");
  });
}
// A reader that went away (`swerl eval | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

try {
  process.exitCode = await runCli(process.argv.slice(2), interruption.signal);
} catch (error) {
  const words = process.argv.slice(2);
  const failure = await describeFailure(error, {
    signal: interruption.signal,
    asJson: words.includes("--json"),
    words,
  });
  process.stderr.write(failure.text);
  if (failure.json !== null) process.stdout.write(`${failure.json}\n`);
  process.exitCode = failure.exitCode;
}
