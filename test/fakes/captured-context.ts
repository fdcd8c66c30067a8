import { Writable } from "node:stream";

import type { CommandContext } from "../../src/commands/command-context.ts";

/** A context whose standard output is kept, as a file would keep it, and whose standard error goes nowhere. */
export function captureContext(): { readonly context: CommandContext; readonly readStdout: () => string } {
  let text = "";
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString("utf8");
      done();
    },
  });
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  const context = { stdout, stderr, isTerminal: false, signal: new AbortController().signal };
  return { context, readStdout: () => text };
}
