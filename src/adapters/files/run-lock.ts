import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { writeFileAtomic } from "../../platform/atomic-file.ts";
import { isDiskFull } from "../../platform/disk-space.ts";
import { RecordError } from "../../platform/errors.ts";
import { checkAlive, readOwnIdentity } from "../../platform/process-identity.ts";

const lockSchema = z.object({
  released: z.boolean(),
  owner: z.object({
    pid: z.int(),
    start_time: z.string().nullable(),
    boot_id: z.string().nullable(),
    machine_id: z.string().nullable().default(null),
    pid_namespace: z.string().nullable(),
    hostname: z.string(),
  }),
});

export interface RunLock {
  release(): Promise<void>;
}

/**
 * Takes the single-writer lock of a folder. The lock is a numbered file, `lock.N`: whoever creates the next
 * number (by link, which fails when it exists) owns the folder, and a number is never used twice, so two
 * processes that see the same dead owner cannot both take over. A killed owner's lock is taken over by its
 * pid, start time and boot.
 */
export async function acquireRunLock(directory: string): Promise<RunLock> {
  const own = readOwnIdentity();
  for (;;) {
    const last = await findLastLock(directory);
    if (last > 0) await assertTakeable(join(directory, `lock.${last}`), own);
    const path = join(directory, `lock.${last + 1}`);
    if (!(await createExclusively(path, JSON.stringify({ released: false, owner: own })))) continue;
    await removeOlderLocks(directory, last + 1);
    let isReleased = false;
    return {
      async release() {
        if (isReleased) return;
        isReleased = true;
        try {
          await writeFileAtomic(path, JSON.stringify({ released: true, owner: own }));
        } catch (error) {
          // The end of this process releases it as well.
          if (!isDiskFull(error)) throw error;
        }
      },
    };
  }
}

async function assertTakeable(path: string, own: ReturnType<typeof readOwnIdentity>): Promise<void> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    // Removed by a newer owner between the listing and here: the next listing shows that owner.
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return;
  const lock = lockSchema.parse(JSON.parse(text));
  if (lock.released) return;
  const state = checkAlive(lock.owner, own);
  if (state === "dead") return;
  const where = `process ${lock.owner.pid} on ${lock.owner.hostname}`;
  throw state === "alive"
    ? new RecordError("SWERL_RUN_LOCKED", `the run is being written by ${where}`, {
        hint: "wait for it, stop it, or choose another run folder",
      })
    : new RecordError("SWERL_RUN_LOCKED", `the run was last written by ${where}, which cannot be seen from here`, {
        hint: `when that process is gone, delete ${path} and start again`,
      });
}

async function createExclusively(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}.tmp`;
  try {
    await writeFile(temporary, content, { flag: "wx", flush: true });
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function findLastLock(directory: string): Promise<number> {
  return Math.max(0, ...(await listLocks(directory)));
}

async function removeOlderLocks(directory: string, current: number): Promise<void> {
  for (const number of await listLocks(directory)) {
    if (number < current) await rm(join(directory, `lock.${number}`), { force: true });
  }
}

async function listLocks(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => /^lock\.(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
}
