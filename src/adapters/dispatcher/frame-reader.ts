/** One reply of the dispatcher: the words of its head and its payloads (null where the dispatcher sent none). */
export interface Frame {
  readonly nonce: string;
  readonly words: readonly string[];
  readonly payloads: readonly (Buffer | null)[];
}

const MAX_HEAD_BYTES = 65_536;
const MAX_PAYLOAD_BYTES = 512 * 1024 * 1024;
const HEAD_END = ";".charCodeAt(0);

/**
 * Finds the awaited reply in the byte stream of a dispatcher: it begins and ends with the random number of its
 * request. Every other byte is skipped.
 */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #nonce: string | null = null;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes needed before parsing can get further; saves joining the chunks of a large reply again and again. */
  #needed = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** From here on only a reply with this number counts. */
  await(nonce: string): void {
    this.#nonce = nonce;
    this.#keep(Buffer.alloc(0), 0);
  }

  feed(chunk: Buffer): void {
    if (this.#nonce === null) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held);
    for (let start = bytes.indexOf(this.#nonce); start !== -1; start = bytes.indexOf(this.#nonce, start + 1)) {
      const parsed = parseFrame(bytes, start, this.#nonce);
      if (parsed === "torn") continue;
      if (typeof parsed === "number") return this.#keep(bytes.subarray(start), parsed - start);
      this.#nonce = null;
      this.#keep(Buffer.alloc(0), 0);
      return this.#onFrame(parsed);
    }
    this.#keep(bytes.subarray(Math.max(0, bytes.length - this.#nonce.length)), 0);
  }

  #keep(rest: Buffer, needed: number): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    this.#needed = needed;
  }
}

/** The frame at `start`, `torn` when what stands there is none, or the offset up to which bytes are needed. */
function parseFrame(bytes: Buffer, start: number, nonce: string): Frame | "torn" | number {
  const headEnd = bytes.indexOf(HEAD_END, start);
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
  return { nonce, words: words.split(" ").slice(1), payloads };
}
