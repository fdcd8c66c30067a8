import type { FileHandle } from "node:fs/promises";

import { isDiskFull } from "../../platform/disk-space.ts";
import { RecordError, SwerlError } from "../../platform/errors.ts";

/** Appends whole records and syncs them together: while one sync runs, the next records gather. */
export interface JournalWriter {
  /** Resolves when the record is on disk. After one failed write every later call rejects with that error. */
  append(record: Buffer): Promise<void>;
  /** Waits for everything appended. */
  flush(): Promise<void>;
}

interface Waiting {
  readonly record: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** @param length Bytes of valid records already in the file; the writer owns everything after. */
export function createJournalWriter(file: FileHandle, path: string, length: number): JournalWriter {
  let waiting: Waiting[] = [];
  let position = length;
  let failure: SwerlError | null = null;
  let draining: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const written = await writeAll(file, Buffer.concat(group.map(({ record }) => record)), position);
        await file.datasync();
        position += written;
      } catch (error) {
        // A failed sync may have lost pages, so nothing is written after it: the run stops and resumes.
        failure = await describeFailure(file, path, position, error);
        for (const { reject } of [...group, ...waiting]) reject(failure);
        waiting = [];
        break;
      }
      for (const { resolve } of group) resolve();
    }
    draining = null;
  }

  return {
    append: (record) =>
      new Promise((resolve, reject) => {
        if (failure !== null) {
          reject(failure);
          return;
        }
        waiting.push({ record, resolve, reject });
        draining ??= drain();
      }),
    flush: async () => {
      await draining;
    },
  };
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return done;
}

/** Cuts off what the failed write left, when the disk still allows it; a torn tail is also mended on opening. */
async function describeFailure(file: FileHandle, path: string, length: number, cause: unknown): Promise<SwerlError> {
  await file.truncate(length).catch(() => undefined);
  const code = (cause as NodeJS.ErrnoException).code;
  return isDiskFull(cause) || code === "EFBIG"
    ? new SwerlError("SWERL_DISK_FULL", `no space left on device to write ${path} (${code})`, {
        cause,
        hint: "free some space and run the same command again; finished work is kept",
      })
    : new RecordError("SWERL_JOURNAL_WRITE", `cannot write ${path}: ${(cause as Error).message}`, {
        cause,
        hint: "check the disk, then run the same command again; finished work is kept",
      });
}
