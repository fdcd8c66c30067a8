import { readdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";

import { readRun } from "../adapters/files/read-run.ts";
import { InputError } from "../platform/errors.ts";

/**
 * The Tinker path of the weights to start from. Those of another run's embedded worker are made visible in this
 * run's state folder by links to its models.
 */
export async function linkInitialState(initial: string | null, stateDir: string): Promise<string | null> {
  if (initial === null) return null;
  const path = await findCheckpoint(initial);
  const source = resolve(initial, "checkpoints");
  for (const model of await readdir(source).catch(() => [])) {
    await symlink(join(source, model), join(stateDir, model)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
  }
  return path;
}

/** A Tinker path as it is; of a run directory, the last checkpoint that the run saved. */
export async function findCheckpoint(initial: string): Promise<string> {
  if (initial.startsWith("tinker://")) return initial;
  const saved = (await readRun(initial)).findLast((event) => event.type === "checkpoint-saved");
  if (saved !== undefined) return saved.path;
  throw new InputError("SWERL_NO_CHECKPOINT", `${initial}: the run has saved no checkpoint yet`, {
    hint: "set trainer.initial_state to a run of swerl rft or swerl train that has finished an iteration",
  });
}
