import type { Sandbox } from "../../ports/sandbox.ts";

/** A sandbox that waits to be taken; `isAlive` tells whether it still can be. */
export interface WarmSandbox extends Sandbox {
  isAlive(): boolean;
}

/**
 * Sandboxes started ahead of their use, by what they hold. At most `limit` wait: starting more ends those that were
 * asked for longest ago.
 */
export class WarmPool<T extends WarmSandbox> {
  readonly #limit: number;
  readonly #waiting: { readonly key: string; readonly sandbox: Promise<T | null> }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts `count` sandboxes. One that does not start is left out: the open that wanted it reports why. */
  add(key: string, count: number, start: () => Promise<T>): void {
    for (let added = 0; added < Math.min(count, this.#limit); added += 1) {
      this.#waiting.push({ key, sandbox: start().catch(() => null) });
    }
    for (const { sandbox } of this.#waiting.splice(0, this.#waiting.length - this.#limit)) void end(sandbox);
  }

  /** Takes one that is alive, or null. */
  async take(key: string): Promise<T | null> {
    for (;;) {
      const index = this.#waiting.findIndex((entry) => entry.key === key);
      if (index === -1) return null;
      const [entry] = this.#waiting.splice(index, 1);
      const sandbox = await entry?.sandbox;
      if (sandbox?.isAlive() === true) return sandbox;
      await sandbox?.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#waiting.splice(0).map(({ sandbox }) => end(sandbox)));
  }
}

async function end(sandbox: Promise<Sandbox | null>): Promise<void> {
  await (await sandbox)?.close();
}
