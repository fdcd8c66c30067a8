import { spawn } from "node:child_process";

import { InputError } from "../../platform/errors.ts";

const TIMEOUT_MS = 60_000;

/** Applies a patch of the task author's to a folder, exactly; InputError with git's words when it does not fit. */
export async function applyPatchFile(
  directory: string,
  patch: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn("git", ["apply", "--whitespace=nowarn", "-"], {
    cwd: directory,
    // Without the ceiling git would take a repository around the cache folder for the place to apply to.
    env: {
      PATH: process.env["PATH"],
      GIT_CEILING_DIRECTORIES: directory.slice(0, directory.lastIndexOf("/")),
      LC_ALL: "C",
    },
    stdio: ["pipe", "ignore", "pipe"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  // git may exit before it has read everything; the exit code tells.
  child.stdin.on("error", () => {});
  child.stdin.end(patch);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code === 0) return;
  throw new InputError(
    "SWERL_TASK_BUG_PATCH",
    `the bug patch of ${name} does not apply: ${Buffer.concat(errors).toString("utf8").trim()}`,
    {
      hint: "make the patch again against the source that task.yaml names",
    },
  );
}
