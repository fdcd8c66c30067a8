/** One reply of the dispatcher: the words of its head and its payloads (null where the dispatcher sent none). */
export interface Frame {
  readonly nonce: string;
  readonly words: readonly string[];
  readonly payloads: readonly (Buffer | null)[];
}

const MAX_HEAD_BYTES = 65_536;
const MAX_PAYLOAD_BYTES = 512 * 1024 * 1024;

/**
 * Finds replies in the byte stream of a dispatcher. Only frames of awaited nonces exist: every other byte, also a
 * reply that was torn by a kill, is skipped. Feed it chunks; it calls `onFrame` for every whole frame.
 */
export class FrameReader {
  readonly #awaited = new Set<string>();
  readonly #onFrame: (frame: Frame) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes needed before parsing can get further; saves joining the chunks of a large reply again and again. */
  #needed = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  await(nonce: string): void {
    this.#awaited.add(nonce);
    this.#needed = 0;
  }

  forget(nonce: string): void {
    this.#awaited.delete(nonce);
    this.#needed = 0;
  }

  feed(chunk: Buffer): void {
    if (this.#awaited.size === 0) return this.#keep(Buffer.alloc(0));
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    this.#keep(this.#parse(this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held)));
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
  }

  #parse(bytes: Buffer): Buffer {
    let rest = bytes;
    for (;;) {
      this.#needed = 0;
      const found = this.#findLatest(rest);
      if (found === null) return rest.subarray(Math.max(0, rest.length - 64));
      const { frame, next } = found;
      if (frame === null) return rest.subarray(next);
      rest = rest.subarray(next);
      this.#awaited.delete(frame.nonce);
      this.#onFrame(frame);
    }
  }

  /** Tries each awaited nonce where it first appears: a whole frame wins over one that is still incomplete. */
  #findLatest(bytes: Buffer): { frame: Frame | null; next: number } | null {
    let incomplete: number | null = null;
    for (const nonce of this.#awaited) {
      for (let start = bytes.indexOf(nonce); start !== -1; start = bytes.indexOf(nonce, start + 1)) {
        const parsed = parseFrame(bytes, start, nonce);
        if (parsed === "torn") continue;
        if (typeof parsed !== "number") return parsed;
        this.#needed = this.#needed === 0 ? parsed - start : Math.min(this.#needed, parsed - start);
        incomplete = incomplete === null ? start : Math.min(incomplete, start);
        break;
      }
    }
    return incomplete === null ? null : { frame: null, next: incomplete };
  }
}

/** The frame at `start`, `torn` when what stands there is none, or the offset up to which bytes are needed. */
function parseFrame(bytes: Buffer, start: number, nonce: string): { frame: Frame; next: number } | "torn" | number {
  const headEnd = bytes.indexOf(10, start);
  if (headEnd === -1) return bytes.length - start > MAX_HEAD_BYTES ? "torn" : bytes.length + 1;
  const [words, lengths] = bytes.toString("latin1", start, headEnd).split(" #");
  if (words === undefined || lengths === undefined) return "torn";
  const sizes = lengths
    .split(" ")
    .filter((size) => size !== "")
    .map(Number);
  const total = sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
  if (!sizes.every((size) => Number.isInteger(size) && size >= -1) || total > MAX_PAYLOAD_BYTES) return "torn";
  const end = headEnd + 1 + total + nonce.length;
  if (bytes.length < end) return end;
  if (bytes.toString("latin1", end - nonce.length, end) !== nonce) return "torn";
  let offset = headEnd + 1;
  const payloads = sizes.map((size) => {
    if (size < 0) return null;
    offset += size;
    return Buffer.from(bytes.subarray(offset - size, offset));
  });
  return { frame: { nonce, words: words.split(" ").slice(1), payloads }, next: end };
}
