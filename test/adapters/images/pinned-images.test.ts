import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ImageStore } from "../../../src/adapters/images/image-store.ts";
import { PinnedImages } from "../../../src/adapters/images/pinned-images.ts";
import { makeImageArchive } from "../../fakes/image-archive.ts";

let folder: string;
let store: ImageStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swerl-pinned-"));
  store = new ImageStore(join(folder, "images"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unpack(content: string): Promise<string> {
  const { archive, digest } = await makeImageArchive({ format: "docker", layers: [[{ name: "content", content }]] });
  await store.unpack(Readable.from([archive]), ["one:1"], new AbortController().signal);
  return digest;
}

describe("the unpacked images of a provider", () => {
  it("stay what their names meant at first, to the provider and to a later one that is told", async () => {
    const old = await unpack("old");
    const first = new PinnedImages(store);
    expect(await first.identify("one:1")).toBe(old);
    const fresh = await unpack("new");
    expect(await first.identify("one:1")).toBe(old);
    expect(await new PinnedImages(store).identify("one:1")).toBe(fresh);
    const later = new PinnedImages(store, { "one:1": old });
    expect(await later.identify("one:1")).toBe(old);
    await Promise.all([first.close(), later.close()]);
    expect((await store.find(old))?.isPinned).toBe(false);
  });

  it("are missed by name, and by digest when the run began with another", async () => {
    await expect(new PinnedImages(store).identify("one:1")).rejects.toMatchObject({
      code: "SWERL_IMAGE_NOT_UNPACKED",
      message: "the image one:1 is not unpacked on this host",
      hint: expect.stringContaining("swerl images unpack one:1"),
    });
    await unpack("new");
    const gone = `sha256:${"a".repeat(64)}`;
    await expect(new PinnedImages(store, { "one:1": gone }).identify("one:1")).rejects.toMatchObject({
      message: `the image one:1 as it was when the run began, ${gone}, is not unpacked on this host`,
    });
  });
});
