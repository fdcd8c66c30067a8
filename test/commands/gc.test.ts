import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { collectGarbage } from "../../src/commands/gc.ts";
import { readOwnIdentity } from "../../src/platform/process-identity.ts";
import { captureContext } from "../fakes/captured-context.ts";

const TWO_DAYS_S = 2 * 86_400;
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "swerl-gc-test-"));
  mkdirSync(join(scratch, "tmp"));
  vi.stubEnv("TMPDIR", join(scratch, "tmp"));
  vi.stubEnv("HOME", scratch);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

/** A folder with one file, last touched that long ago. */
function leave(path: string, secondsAgo = 0, files: Readonly<Record<string, string>> = { file: "" }): string {
  const folder = join(scratch, path);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(folder, then, then);
  return folder;
}

/** What it found and whether it went, by path; only of this test, because the machine's engine is asked too. */
async function run(dryRun: boolean): Promise<Record<string, boolean>> {
  const { context, readStdout } = captureContext();
  const set = ["sandbox.docker_hosts=[unix:///nowhere.sock]"];
  expect(await collectGarbage({ config: [], set, json: true, dryRun }, context)).toBe(0);
  const { leftovers } = JSON.parse(readStdout()) as { leftovers: { name: string; removed: boolean }[] };
  const own = leftovers.filter(({ name }) => name.startsWith(scratch));
  return Object.fromEntries(own.map(({ name, removed }) => [name, removed]));
}

describe("swerl gc", () => {
  it("takes what dead processes left, leaves what is young, alive or not ours, and says it first with --dry-run", async () => {
    const dead = { ...readOwnIdentity(), pid: 2 ** 22 + 1, start_time: "1" };
    const gone = [
      leave("tmp/swerl-git-a", TWO_DAYS_S),
      leave("tmp/swerl-making-b", TWO_DAYS_S),
      leave(".cache/swerl/images/partial-0011223344556677", 0, { "owner.json": JSON.stringify(dead) }),
    ];
    const kept = [
      leave("tmp/swerl-git-young", 60),
      leave("tmp/other", TWO_DAYS_S),
      leave(".cache/swerl/images/partial-8899aabbccddeeff", 0, { "owner.json": JSON.stringify(readOwnIdentity()) }),
    ];

    expect(await run(true)).toEqual(Object.fromEntries(gone.map((path) => [path, false])));
    expect(gone.every((path) => existsSync(path))).toBe(true);
    expect(await run(false)).toEqual(Object.fromEntries(gone.map((path) => [path, true])));
    expect(gone.some((path) => existsSync(path))).toBe(false);
    expect(kept.every((path) => existsSync(path))).toBe(true);
    expect(await run(false)).toEqual({});
  });
});
