import { PassThrough } from "node:stream";

import { describe, expect, it } from "vitest";

import { formatDuration, formatTable } from "../../src/commands/format.ts";
import { createProgress } from "../../src/commands/progress.ts";

function capture(isTerminal: boolean) {
  const stream = new PassThrough();
  let at = 0;
  const progress = createProgress(stream, { isTerminal, now: () => at });
  return {
    progress,
    tick: (milliseconds: number) => {
      at += milliseconds;
    },
    read: () => (stream.read() as Buffer | null)?.toString() ?? "",
  };
}

describe("createProgress", () => {
  it("writes a plain line every few seconds where there is no terminal, and always the last", () => {
    const { progress, tick, read } = capture(false);
    progress.start("rollouts", 100);
    read();
    tick(1000);
    progress.update(10);
    expect(read()).toBe("");
    tick(5000);
    progress.update(50);
    expect(read()).toBe("rollouts [############------------] 50/100  8.3/s  0:06 left\n");
    tick(4000);
    progress.update(100);
    progress.finish("41 % resolved");
    expect(read()).toBe("rollouts [########################] 100/100  10.0/s  took 0:10  41 % resolved\n");
  });

  it("redraws one line on a terminal", () => {
    const { progress, tick, read } = capture(true);
    progress.start("rollouts", 4);
    tick(500);
    progress.update(1);
    const drawn = read();
    expect(drawn).not.toContain("\n");
    expect(drawn.split("\r\u001b[2K").at(-1)).toContain("1/4  2.0/s  0:02 left");
    progress.note("something happened");
    expect(read()).toContain("something happened\n");
  });

  it("estimates the rest of a resumed phase from what this process has done", () => {
    const { progress, tick, read } = capture(false);
    progress.start("rollouts", 100, 90);
    read();
    tick(10_000);
    progress.update(95);
    expect(read()).toContain("2.0 s each  0:10 left");
  });
});

describe("format", () => {
  it.each([
    [4, "0:04"],
    [750, "12:30"],
    [7380, "2:03:00"],
  ])("%d s is %s", (seconds, expected) => expect(formatDuration(seconds)).toBe(expected));

  it("lines columns up", () => {
    expect(
      formatTable([
        ["run", "pass@1"],
        ["after DAPO", "7 %"],
      ]),
    ).toBe("run         pass@1\nafter DAPO     7 %");
  });
});
