import type { OutputStream } from "../../ports/sandbox.ts";

/** Text of what the dispatcher kept of a stream of `totalBytes`; characters cut at the seam become U+FFFD. */
export function toOutputStream(kept: Buffer, totalBytes: number): OutputStream {
  const dropped = Math.max(0, totalBytes - kept.length);
  if (dropped === 0) return { text: kept.toString("utf8"), total_bytes: totalBytes, dropped_bytes: 0 };
  const seam = Math.ceil(kept.length / 2);
  return {
    text: kept.toString("utf8", 0, seam) + kept.toString("utf8", seam),
    total_bytes: totalBytes,
    dropped_bytes: dropped,
  };
}

export const EMPTY_STREAM: OutputStream = { text: "", total_bytes: 0, dropped_bytes: 0 };
