import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createProgress } from "../../src/commands/progress.ts";
import { describeFailure } from "../../src/commands/describe-failure.ts";
import { formatTable } from "../../src/commands/format.ts";
import { escapeInto, type TextSink } from "../../src/commands/terminal-text.ts";
import { SandboxError } from "../../src/platform/errors.ts";

const HOSTILE = "app\u001b]0;owned\u0007\r\u009b2K:1";
const CONTROL = /[^\P{Cc}\n]/u;

function collect(): TextSink & { readonly read: () => string } {
  let text = "";
  return { write: (more) => (text += more), read: () => text };
}

describe("names that come from strangers", () => {
  it("steered the terminal that they were printed on: control characters are spelled out", () => {
    const sink = collect();
    escapeInto(sink).write(`abc  1 MB  ${HOSTILE}\n`);
    expect(sink.read()).toBe("abc  1 MB  app\\u001b]0;owned\\u0007\\u000d\\u009b2K:1\n");
  });

  it("stay what they are in JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const sink = collect();
        escapeInto(sink).write(JSON.stringify({ name }));
        expect(JSON.parse(sink.read())).toEqual({ name });
        expect(sink.read()).not.toMatch(CONTROL);
      }),
    );
  });

  it("add no line to a table", () => {
    expect(formatTable([["name"], ["one\ntwo"]])).toBe("name\none\\u000atwo");
  });

  it("do not steer it from an error or beside the progress", async () => {
    const { text, json } = await describeFailure(new SandboxError("SWERL_X", HOSTILE, { hint: HOSTILE }), {
      signal: new AbortController().signal,
      asJson: true,
      words: [],
    });
    const sink = collect();
    const progress = createProgress(sink, { isTerminal: false });
    progress.start("images", 1);
    progress.note(HOSTILE);
    progress.update(1, HOSTILE);
    progress.finish(HOSTILE);
    for (const written of [text, json, sink.read()]) expect(written).not.toMatch(CONTROL);
  });
});
