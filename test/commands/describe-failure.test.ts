import { describe, expect, it } from "vitest";

import { describeFailure } from "../../src/commands/describe-failure.ts";
import {
  InputError,
  InterruptedError,
  PolicyError,
  RecordError,
  SandboxError,
  SwerlError,
  TrainerError,
} from "../../src/platform/errors.ts";

const options = { signal: new AbortController().signal, asJson: true, words: [] };

describe("describeFailure", () => {
  it.each([
    [new InputError("SWERL_CONFIG", "x"), 2],
    [new SandboxError("SWERL_SANDBOX", "x"), 3],
    [new SwerlError("SWERL_TOO_MUCH_INFRA", "x"), 3],
    [new RecordError("SWERL_JOURNAL_CORRUPT", "x"), 5],
    [new PolicyError("SWERL_POLICY", "x"), 7],
    [new TrainerError("SWERL_TRAINER", "x"), 7],
    [new RecordError("SWERL_RUN_LOCKED", "x"), 8],
    [new InterruptedError(), 130],
    [new RangeError("x"), 1],
  ])("%s ends with its exit code", async (error, exitCode) => {
    expect((await describeFailure(error, options)).exitCode).toBe(exitCode);
  });

  it("says what was seen and how to mend it, without a stack", async () => {
    const failure = await describeFailure(
      new SandboxError("SWERL_BWRAP_MISSING", "bwrap is not installed", { hint: "apt" }),
      options,
    );
    expect(failure.text).toBe("error[SWERL_BWRAP_MISSING] bwrap is not installed\nfix: apt\n");
    expect(JSON.parse(failure.json ?? "")).toEqual({
      error: { code: "SWERL_BWRAP_MISSING", message: "bwrap is not installed", hint: "apt" },
    });
  });

  it("shows the stack of a bug of ours", async () => {
    expect((await describeFailure(new RangeError("broken"), options)).text).toContain("describe-failure.test.ts");
  });

  it("names the paths of the command line whose disk is full", async () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    // The file system of /proc has room for nothing.
    const { text, exitCode } = await describeFailure(error, { ...options, words: ["report", "--out=/proc/1/report"] });
    expect(exitCode).toBe(3);
    expect(text).toContain("ENOSPC: no space left on device, write\n/proc/1/report: 0 MiB");
    expect(text).toMatch(/^fix: free some space/m);
  });

  it("calls an abort that was asked for an interruption, and another abort a bug", async () => {
    const asked = AbortSignal.abort(new InterruptedError());
    const abort = new DOMException("aborted", "AbortError");
    const interrupted = await describeFailure(abort, { ...options, signal: asked, asJson: false });
    expect(interrupted).toMatchObject({ exitCode: 130, json: null });
    expect((await describeFailure(abort, options)).exitCode).toBe(1);
  });
});
