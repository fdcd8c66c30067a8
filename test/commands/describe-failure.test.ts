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

const options = { signal: new AbortController().signal, asJson: true };

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
  ])("%s ends with its exit code", (error, exitCode) => {
    expect(describeFailure(error, options).exitCode).toBe(exitCode);
  });

  it("says what was seen and how to mend it, without a stack", () => {
    const failure = describeFailure(
      new SandboxError("SWERL_BWRAP_MISSING", "bwrap is not installed", { hint: "apt" }),
      options,
    );
    expect(failure.text).toBe("error[SWERL_BWRAP_MISSING] bwrap is not installed\nfix: apt\n");
    expect(JSON.parse(failure.json ?? "")).toEqual({
      error: { code: "SWERL_BWRAP_MISSING", message: "bwrap is not installed", hint: "apt" },
    });
  });

  it("shows the stack of a bug of ours", () => {
    expect(describeFailure(new RangeError("broken"), options).text).toContain("describe-failure.test.ts");
  });

  it("calls an abort that was asked for an interruption, and another abort a bug", () => {
    const asked = AbortSignal.abort(new InterruptedError());
    const abort = new DOMException("aborted", "AbortError");
    expect(describeFailure(abort, { signal: asked, asJson: false })).toMatchObject({ exitCode: 130, json: null });
    expect(describeFailure(abort, options).exitCode).toBe(1);
  });
});
