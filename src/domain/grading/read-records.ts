import { type TestStatus, testStatusSchema } from "../verdict.ts";

/** What the runner's channel says, before anything is believed. */
export type RunnerAnswer =
  | { readonly kind: "complete"; readonly statuses: ReadonlyMap<number, TestStatus>; readonly exitCode: number }
  /** It started and did not reach its end. */
  | { readonly kind: "died" }
  /** Nothing of the repository ran. */
  | { readonly kind: "not_started"; readonly missing: string | null }
  /** Bytes that our runner does not write. */
  | { readonly kind: "forged"; readonly what: string };

/**
 * Reads the records of a runner: every line carries the nonce and the next number, each test answers at most once,
 * and the end record is the last. Anything else on the channel was written by the code under test.
 */
export function readRecords(channel: string, nonce: string, tests: number): RunnerAnswer {
  const lines = channel.split("\n");
  const torn = lines.pop() !== "";
  const statuses = new Map<number, TestStatus>();
  let exitCode: number | null = null;
  for (const [sequence, line] of lines.entries()) {
    const prefix = `${nonce} ${sequence} `;
    if (!line.startsWith(prefix)) return { kind: "forged", what: "a record without its number" };
    if (exitCode !== null) return { kind: "forged", what: "a record after the end" };
    const [word, first = "", second = ""] = line.slice(prefix.length).split(" ");
    if (sequence === 0) {
      if (word === "missing") return { kind: "not_started", missing: first };
      if (word !== "start") return { kind: "forged", what: "no start record" };
    } else if (word === "end" && /^\d{1,3}$/.test(first)) exitCode = Number(first);
    else {
      const index = /^\d+$/.test(first) ? Number(first) : tests;
      const status = testStatusSchema.safeParse(second);
      if (word !== "test" || index >= tests || !status.success) return { kind: "forged", what: "an unknown record" };
      if (statuses.has(index)) return { kind: "forged", what: "a test that answered twice" };
      statuses.set(index, status.data);
    }
  }
  if (torn) return { kind: "forged", what: "a record without its end" };
  if (lines.length === 0) return { kind: "not_started", missing: null };
  return exitCode === null ? { kind: "died" } : { kind: "complete", statuses, exitCode };
}
