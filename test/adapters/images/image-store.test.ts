import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ImageStore, type UnpackedImage } from "../../../src/adapters/images/image-store.ts";
import { InputError, SandboxError } from "../../../src/platform/errors.ts";
import { type ArchiveOptions, type LayerEntry, makeImageArchive, packTar } from "../../fakes/image-archive.ts";

const signal = new AbortController().signal;
let folder: string;
let store: ImageStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swerl-images-"));
  store = new ImageStore(join(folder, "images"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unpack(options: ArchiveOptions, names: readonly string[] = []): Promise<UnpackedImage> {
  return store.unpack(Readable.from([(await makeImageArchive(options)).archive]), names, signal);
}
const unpackLayers = (...layers: (readonly LayerEntry[])[]) => unpack({ format: "docker", layers });
const leftInStore = () =>
  existsSync(join(folder, "images")) ? readdirSync(join(folder, "images")).filter((name) => name !== "names") : [];

describe.each(["docker", "oci"] as const)("an archive in %s form", (format) => {
  it("becomes a folder named by its digest, with types, modes and times", async () => {
    const layers: LayerEntry[][] = [
      [
        { name: "./", type: "directory", mode: 0o755 },
        { name: "bin/", type: "directory", mode: 0o555 },
        { name: "bin/tool", content: "#!/bin/sh\n", mode: 0o4755 },
        { name: "bin/again", type: "link", linkname: "bin/tool" },
        { name: "bin/short", type: "symlink", linkname: "/bin/tool" },
        { name: "dev/null", type: "character-device" },
        { name: "tmp/", type: "directory", mode: 0o1777 },
      ],
    ];
    const { digest } = await makeImageArchive({ format, layers, env: ["A=b=c"] });
    const image = await unpack({ format, layers, names: ["docker.io/library/tool"], env: ["A=b=c"] });
    expect(image).toMatchObject({ digest, env: ["A=b=c"], bytes: 10, isPinned: false });
    const at = (name: string) => join(image.rootfs, name);
    expect(readFileSync(at("bin/tool"), "utf8")).toBe("#!/bin/sh\n");
    expect(statSync(at("bin/tool")).mode & 0o7777).toBe(0o4755);
    expect(statSync(at("bin/tool")).mtimeMs).toBe(1_600_000_000_000);
    expect(statSync(at("bin/again")).ino).toBe(statSync(at("bin/tool")).ino);
    expect(readlinkSync(at("bin/short"))).toBe("/bin/tool");
    expect(statSync(at("tmp")).mode & 0o7777).toBe(0o1777);
    expect(existsSync(at("dev/null"))).toBe(false);
    expect((await store.find("tool:latest"))?.digest).toBe(digest);
    expect((await store.find(digest))?.rootfs).toBe(image.rootfs);
    expect(await store.find("other")).toBeNull();
  });

  it("applies whiteouts and opaque folders to lower layers only", async () => {
    const image = await unpack({
      format,
      layers: [
        [
          { name: "a/one", content: "1" },
          { name: "a/two", content: "2" },
          { name: "b/one", content: "1" },
          { name: "b/deep/two", content: "2" },
          { name: "gone/x", content: "x" },
        ],
        [
          { name: "a/.wh.one" },
          { name: "b/three", content: "3" },
          { name: "b/deep/four", content: "4" },
          { name: "b/.wh..wh..opq" },
          { name: ".wh.gone" },
          { name: ".wh..wh.plnk" },
        ],
        [{ name: "gone/y", content: "y" }],
      ],
    });
    const list = (name: string) => readdirSync(join(image.rootfs, name)).toSorted();
    expect(list("")).toEqual(["a", "b", "gone"]);
    expect(list("a")).toEqual(["two"]);
    expect(list("b")).toEqual(["deep", "three"]);
    expect(list("b/deep")).toEqual(["four"]);
    expect(list("gone")).toEqual(["y"]);
  });

  it("is refused when a layer's content has another digest", async () => {
    const diffIds = () => [`sha256:${"0".repeat(64)}`];
    await expect(unpack({ format, layers: [[{ name: "a" }]], diffIds })).rejects.toThrow(/damaged/);
    expect(leftInStore()).toEqual([]);
  });

  it("is refused when it gives its image a name that steers a terminal", async () => {
    const error = await unpack({ format, layers: [[]], names: ["app\u001b]0;owned\u0007\n:1"] }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toBe(
      String.raw`the archive gives its image the name "app\u001b]0;owned\u0007\n:1"`,
    );
    expect(leftInStore()).toEqual([]);
  });

  it("is refused for another architecture, with both named", async () => {
    const unpacking = unpack({ format, layers: [[]], architecture: "s390x" });
    await expect(unpacking).rejects.toMatchObject({
      code: "SWERL_IMAGE_ARCHITECTURE",
      message: expect.stringContaining("s390x"),
    });
    await expect(unpacking).rejects.toThrow(SandboxError);
  });
});

describe("no path leads out", () => {
  it.each<[string, LayerEntry[]]>([
    ["a path with ..", [{ name: "../canary", content: "x" }]],
    ["an inner ..", [{ name: "a/../../canary", content: "x" }]],
    ["a hard link to ..", [{ name: "a", type: "link", linkname: "../canary" }]],
    ["a whiteout of ..", [{ name: ".wh..." }, { name: "a/../.wh.canary" }]],
    ["a hard link to nothing", [{ name: "a", type: "link", linkname: "missing" }]],
    ["a path through a file", [{ name: "a", content: "x" }, { name: "a/b" }]],
    [
      "a loop of links",
      [{ name: "a", type: "symlink", linkname: "b" }, { name: "b", type: "symlink", linkname: "a" }, { name: "a/x" }],
    ],
  ])("%s is refused and leaves nothing", async (_what, layer) => {
    await writeFile(join(folder, "canary"), "safe");
    await expect(unpackLayers(layer)).rejects.toThrow(InputError);
    expect(readFileSync(join(folder, "canary"), "utf8")).toBe("safe");
    expect(leftInStore()).toEqual([]);
  });

  it("follows links as inside the image: absolute ones and .. stay below its root", async () => {
    await writeFile(join(folder, "canary"), "safe");
    const image = await unpackLayers(
      [
        { name: "usr/lib/old", content: "old" },
        { name: "lib", type: "symlink", linkname: "usr/lib" },
        { name: "abs", type: "symlink", linkname: "/usr/lib" },
        { name: "out", type: "symlink", linkname: `../../../../../..${folder}` },
        { name: "host", type: "symlink", linkname: folder },
      ],
      [
        { name: "lib/new", content: "new" },
        { name: "abs/.wh.old" },
        { name: "out/canary", content: "inside" },
        { name: "copy", type: "link", linkname: "abs/new" },
      ],
      [{ name: "host/.wh.canary" }],
    );
    expect(readdirSync(join(image.rootfs, "usr/lib"))).toEqual(["new"]);
    expect(readFileSync(join(image.rootfs, "copy"), "utf8")).toBe("new");
    expect(lstatSync(join(image.rootfs, "lib")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "canary"), "utf8")).toBe("safe");
    expect(existsSync(join(image.rootfs, folder, "canary"))).toBe(false);
  });

  it("replaces a link by a folder or a file, never what the link points at", async () => {
    const image = await unpackLayers(
      [
        { name: "real/file", content: "real" },
        { name: "link", type: "symlink", linkname: "real" },
        { name: "twin", type: "link", linkname: "real/file" },
      ],
      [
        { name: "link/", type: "directory" },
        { name: "link/file", content: "other" },
        { name: "twin", content: "changed" },
      ],
    );
    expect(readFileSync(join(image.rootfs, "real/file"), "utf8")).toBe("real");
    expect(readFileSync(join(image.rootfs, "link/file"), "utf8")).toBe("other");
    expect(readFileSync(join(image.rootfs, "twin"), "utf8")).toBe("changed");
  });
});

describe("the cache", () => {
  const options: ArchiveOptions = { format: "oci", layers: [[{ name: "a", content: "a" }]] };

  it("takes two at once, and an image that is there is only named", async () => {
    const images = await Promise.all([unpack(options, ["one"]), unpack(options, ["two"]), unpack(options, ["three"])]);
    expect(new Set(images.map(({ rootfs }) => rootfs)).size).toBe(1);
    expect(leftInStore()).toHaveLength(1);
    const { ino } = statSync(join((images[0] as UnpackedImage).rootfs, "a"));
    await unpack(options, ["four"]);
    expect(statSync(join((await store.find("four"))?.rootfs ?? "", "a")).ino).toBe(ino);
  });

  it("reads a compressed archive from a file, and refuses what is none", async () => {
    const { archive, digest } = await makeImageArchive(options);
    await writeFile(join(folder, "image.tar.gz"), gzipSync(archive));
    expect((await store.unpackFile(join(folder, "image.tar.gz"), [], signal)).digest).toBe(digest);
    await writeFile(join(folder, "bad"), "no tar at all");
    await expect(store.unpackFile(join(folder, "bad"), [], signal)).rejects.toThrow(InputError);
    await writeFile(join(folder, "empty"), "");
    await expect(store.unpackFile(join(folder, "empty"), [], signal)).rejects.toThrow(InputError);
    await writeFile(join(folder, "other.tar"), await packTar([{ name: "hello" }]));
    await expect(store.unpackFile(join(folder, "other.tar"), [], signal)).rejects.toThrow(/neither manifest.json/);
  });

  it("settles with InputError and leaves nothing wherever an archive is cut or changed", async () => {
    const { archive } = await makeImageArchive(options);
    const cuts = fc.record({ at: fc.nat(archive.length - 1), flip: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(cuts, async ({ at, flip }) => {
        const damaged = flip ? Buffer.from(archive) : archive.subarray(0, at);
        if (flip) damaged[at] = (damaged[at] as number) ^ 0xff;
        const other = new ImageStore(join(folder, "fuzz"));
        const settled = await other.unpack(Readable.from([damaged]), [], signal).then(
          (image) => image.digest,
          (error: unknown) => error,
        );
        // Padding and times may change without harm; the content is what the digest says, or it is refused.
        if (typeof settled !== "string") expect(settled).toBeInstanceOf(Error);
        if (settled instanceof Error) expect(settled.constructor.name).toMatch(/^(InputError|SandboxError)$/);
        const kept = readdirSync(join(folder, "fuzz")).filter((name) => name.startsWith("partial-"));
        expect(kept).toEqual([]);
        await rm(join(folder, "fuzz"), { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  it("stops when asked, leaving nothing", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const { archive } = await makeImageArchive(options);
    await expect(store.unpack(Readable.from([archive]), [], controller.signal)).rejects.toThrow("enough");
    expect(leftInStore()).toEqual([]);
  });
});
