import { Transform, type TransformCallback } from "node:stream";

const HEADER_BYTES = 8;
const STDOUT = 1;
/** Docker sends at most 32 KiB in a frame; anything far above is no frame. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * Takes the standard output out of Docker's attach stream (frames of an 8-byte header: stream number, three zeros,
 * big-endian length). Bytes that are no frames, or a stream that ends inside one, are an error.
 */
export class Demultiplexer extends Transform {
  #rest: Buffer = Buffer.alloc(0);
  #left = 0;
  #isStdout = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (this.#left === 0) {
        if (bytes.length < HEADER_BYTES) {
          this.#rest = bytes;
          break;
        }
        this.#left = bytes.readUInt32BE(4);
        this.#isStdout = bytes[0] === STDOUT;
        if (bytes.readUIntBE(1, 3) !== 0 || (bytes[0] ?? 9) > 2 || this.#left > MAX_FRAME_BYTES) {
          return done(new Error("the attach stream holds bytes that are no frame"));
        }
        bytes = bytes.subarray(HEADER_BYTES);
        continue;
      }
      const part = bytes.subarray(0, this.#left);
      this.#left -= part.length;
      bytes = bytes.subarray(part.length);
      if (this.#isStdout) this.push(part);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    const isWhole = this.#rest.length === 0 && this.#left === 0;
    done(isWhole ? null : new Error("the attach stream ended inside a frame"));
  }
}
