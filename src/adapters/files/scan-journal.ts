import type { FileHandle } from "node:fs/promises";

import { decodeRecord } from "./journal-record.ts";

export interface JournalScan {
  /** JSON text of every record up to the first that is not whole. */
  readonly payloads: readonly string[];
  /** Bytes of those records. */
  readonly validBytes: number;
  /**
   * What follows them. `torn`: the start of a record whose write was cut off, as a killed process leaves it.
   * `corrupt`: bytes that were written whole and changed since.
   */
  readonly rest: "none" | "torn" | "corrupt";
}

/** Reads a journal from its start and checks every record. */
export async function scanJournal(file: FileHandle): Promise<JournalScan> {
  const { size } = await file.stat();
  const payloads: string[] = [];
  let offset = 0;
  let window: Buffer = Buffer.alloc(0);
  while (offset < size) {
    let record = decodeRecord(window);
    if (record.status === "short" && offset + window.length < size) {
      window = await readBytes(file, offset, Math.min(size - offset, Math.max(record.byteLength, WINDOW_BYTES)));
      record = decodeRecord(window);
    }
    if (record.status !== "valid") {
      return { payloads, validBytes: offset, rest: await classifyRest(file, offset, size) };
    }
    payloads.push(record.payload.toString("utf8"));
    offset += record.byteLength;
    window = window.subarray(record.byteLength);
  }
  return { payloads, validBytes: offset, rest: "none" };
}

/**
 * A cut-off write leaves a strict prefix of one record: fewer bytes than it announces, and no newline. After a
 * power cut it can also be a stretch of zeros.
 */
async function classifyRest(file: FileHandle, offset: number, size: number): Promise<"torn" | "corrupt"> {
  const bytes = await readBytes(file, offset, Math.min(size - offset, MAX_REST_BYTES));
  if (bytes.length === MAX_REST_BYTES || bytes.includes(NEWLINE)) return "corrupt";
  if (bytes.every((byte) => byte === 0)) return "torn";
  const isRecordStart = bytes.subarray(0, RECORD_START.length).equals(RECORD_START.subarray(0, bytes.length));
  return isRecordStart && decodeRecord(bytes).status === "short" ? "torn" : "corrupt";
}

export async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

const NEWLINE = 10;
const WINDOW_BYTES = 1 << 20;
const MAX_REST_BYTES = 1 << 30;
const RECORD_START = Buffer.from('{"v":1,');
