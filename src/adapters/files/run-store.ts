import { mkdir, open, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { runEventSchema, type RunEvent } from "../../domain/run-event.ts";
import { syncDirectory } from "../../platform/atomic-file.ts";
import { RecordError } from "../../platform/errors.ts";
import type { RunStore } from "../../ports/run-store.ts";
import { encodeRecord } from "./journal-record.ts";
import { createJournalWriter } from "./journal-writer.ts";
import { acquireRunLock } from "./run-lock.ts";
import { readBytes, scanJournal } from "./scan-journal.ts";

export interface RunStoreOptions {
  /** Folder of the run; made when absent. */
  readonly directory: string;
  /** Told one line when a torn tail was set aside. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens the journal of a run (`journal/events.jsonl`) for writing, after checking every record in it.
 * Rejects with RecordError: SWERL_RUN_LOCKED, SWERL_JOURNAL_CORRUPT, SWERL_RECORD_FORMAT.
 */
export async function openRunStore(options: RunStoreOptions): Promise<RunStore> {
  const folder = join(options.directory, "journal");
  await mkdir(folder, { recursive: true });
  const lock = await acquireRunLock(folder);
  const path = join(folder, "events.jsonl");
  let file: FileHandle | null = null;
  try {
    file = await openForUpdate(path);
    await syncDirectory(folder);
    const scan = await scanJournal(file);
    const events = scan.payloads.map((payload, index) => parseEvent(payload, `${path}, record ${index + 1}`));
    if (scan.rest === "corrupt") throw corruptJournal(path, scan.validBytes, events.length);
    if (scan.rest === "torn") await setTornTailAside(file, folder, scan.validBytes, options.onWarning);
    return createRunStore(options.directory, events, file, createJournalWriter(file, path, scan.validBytes), lock);
  } catch (error) {
    await file?.close();
    await lock.release();
    throw error;
  }
}

function createRunStore(
  directory: string,
  events: readonly RunEvent[],
  file: FileHandle,
  writer: ReturnType<typeof createJournalWriter>,
  lock: { release(): Promise<void> },
): RunStore {
  let closing: Promise<void> | null = null;
  return {
    directory,
    events,
    async append(event) {
      if (closing !== null) throw new RecordError("SWERL_JOURNAL_CLOSED", `${directory}: the run is closed`);
      await writer.append(encodeRecord(parseEvent(event, "an event of this run")));
    },
    close() {
      closing ??= (async () => {
        await writer.flush();
        await file.close();
        await lock.release();
      })();
      return closing;
    },
  };
}

/** Checks on the way in and on the way out: NaN, lengths and unknown fields are found when written, not when read. */
function parseEvent(event: unknown, where: string): RunEvent {
  const parsed = runEventSchema.safeParse(typeof event === "string" ? JSON.parse(event) : event);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new RecordError(
    "SWERL_RECORD_FORMAT",
    `${where}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not an event"}`,
    {
      cause: parsed.error,
      hint: "use the version of swerl that wrote the run",
    },
  );
}

async function openForUpdate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return await open(path, "wx+");
  }
}

async function setTornTailAside(
  file: FileHandle,
  folder: string,
  offset: number,
  onWarning: ((message: string) => void) | undefined,
): Promise<void> {
  const { size } = await file.stat();
  const quarantine = join(folder, `quarantine-${offset}-${Date.now()}`);
  await writeFile(quarantine, await readBytes(file, offset, size - offset), { flag: "wx", flush: true });
  await file.truncate(offset);
  await file.sync();
  onWarning?.(`an unfinished record of ${size - offset} bytes was moved from the journal to ${quarantine}`);
}

function corruptJournal(path: string, offset: number, count: number): RecordError {
  return new RecordError(
    "SWERL_JOURNAL_CORRUPT",
    `${path}: the record at byte ${offset} (number ${count + 1}) was changed after it was written`,
    {
      hint: `restore the file from a copy, or keep only the ${count} records before it: truncate -s ${offset} ${path}`,
    },
  );
}
