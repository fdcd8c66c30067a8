import { readFile } from "node:fs/promises";

import { type ValidationLock, validationLockSchema } from "../domain/validation-lock.ts";
import { InputError } from "../platform/errors.ts";

/** The lock in a file; null when there is no such file. Throws InputError when the file holds something else. */
export async function readValidationLock(path: string): Promise<ValidationLock | null> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return validationLockSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new InputError("SWERL_LOCK_INVALID", `${path} is no validation lock`, {
      hint: "delete it; `swerl tasks validate --lock` writes it again",
      cause: error,
    });
  }
}
