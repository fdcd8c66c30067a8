import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";

import { InputError, SandboxError } from "../../platform/errors.ts";

/** Rejects when a folder that a sandbox is to be opened over is not there, or is named relatively. */
export async function checkFolder(folder: string): Promise<void> {
  if (!isAbsolute(folder)) {
    throw new InputError("SWERL_SANDBOX_BAD_PATH", `${JSON.stringify(folder)} is no absolute path`);
  }
  const entry = await stat(folder).catch(() => null);
  if (entry?.isDirectory() === true) return;
  throw new SandboxError("SWERL_SANDBOX_NO_TREE", `no folder ${folder} to open a sandbox over`);
}
