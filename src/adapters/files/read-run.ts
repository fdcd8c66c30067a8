import { open } from "node:fs/promises";
import { join } from "node:path";

import { type RunEvent, runEventSchema } from "../../domain/run-event.ts";
import { InputError, RecordError } from "../../platform/errors.ts";
import { scanJournal } from "./scan-journal.ts";

/**
 * The events of a run, read without its lock: also of a run that is still going. A record that is being written is
 * left out. Rejects with InputError when the folder holds no run.
 */
export async function readRun(directory: string): Promise<RunEvent[]> {
  const path = join(directory, "journal", "events.jsonl");
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new InputError("SWERL_NO_RUN", `${directory}: no run is there (${path} cannot be read)`, {
      hint: "give the directory of a run, for example runs/demo-train",
      cause,
    });
  });
  try {
    const { payloads, rest, validBytes } = await scanJournal(file);
    if (rest === "corrupt") {
      throw new RecordError("SWERL_JOURNAL_CORRUPT", `${path}: the record at byte ${validBytes} is damaged`);
    }
    return payloads.map((payload) => runEventSchema.parse(JSON.parse(payload)));
  } finally {
    await file.close();
  }
}
