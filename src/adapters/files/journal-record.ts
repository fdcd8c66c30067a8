import { crc32 } from "node:zlib";

/**
 * One line of a journal: `{"v":1,"len":N,"crc32":"xxxxxxxx","d":{...}}\n`, N the bytes of d. JSON text holds no
 * raw newline, so a newline is always the end of a record that was written whole.
 */
export function encodeRecord(event: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(event));
  const checksum = crc32(payload).toString(16).padStart(8, "0");
  return Buffer.concat([Buffer.from(`{"v":1,"len":${payload.length},"crc32":"${checksum}","d":`), payload, TERMINATOR]);
}

export type DecodedRecord =
  | { readonly status: "valid"; readonly payload: Buffer; readonly byteLength: number }
  /** More bytes are needed: at least `byteLength` from the start of the record. */
  | { readonly status: "short"; readonly byteLength: number }
  | { readonly status: "bad" };

/** Reads the record at the start of the buffer and checks its length and checksum. */
export function decodeRecord(bytes: Buffer): DecodedRecord {
  const head = bytes.toString("latin1", 0, Math.min(bytes.length, MAX_HEADER_BYTES));
  const match = HEADER.exec(head);
  if (match === null) {
    return bytes.length < MAX_HEADER_BYTES ? { status: "short", byteLength: MAX_HEADER_BYTES } : { status: "bad" };
  }
  const start = match[0].length;
  const end = start + Number(match[1]);
  const byteLength = end + TERMINATOR.length;
  if (bytes.length < byteLength) return { status: "short", byteLength };
  const payload = bytes.subarray(start, end);
  const isWhole =
    bytes.subarray(end, byteLength).equals(TERMINATOR) && crc32(payload) === Number.parseInt(match[2] as string, 16);
  return isWhole ? { status: "valid", payload, byteLength } : { status: "bad" };
}

const TERMINATOR = Buffer.from("}\n");
const HEADER = /^\{"v":1,"len":(\d{1,10}),"crc32":"([0-9a-f]{8})","d":/;
/** With a length of ten digits. */
const MAX_HEADER_BYTES = 47;
