import { describe, expect, it } from "vitest";

import type { TaskInstance } from "../../src/domain/task-instance.ts";
import { checkImages } from "../../src/pipelines/check-images.ts";
import { SandboxError } from "../../src/platform/errors.ts";
import type { SandboxProvider, SandboxSpec } from "../../src/ports/sandbox.ts";
import { createMemoryProvider } from "../fakes/memory-sandbox.ts";

const signal = new AbortController().signal;
const instanceOf = (image: string | null, index = 0): TaskInstance =>
  ({ instance_id: `${image}-${index}`, image }) as TaskInstance;
const tasks = {
  prepare: async ({ image }: TaskInstance): Promise<SandboxSpec> => ({
    rootfs: image === null ? { kind: "host" } : { kind: "image", reference: image },
    tree: null,
    workdir: "/testbed",
    env: {},
    limits: { memoryBytes: 1, maxProcesses: 1, diskBytes: 1 },
  }),
};

/** Has every image but those named `gone*`; images named `far*` are in a registry; those named `bare*` lack git. */
function createProvider(): { provider: SandboxProvider; opened: string[] } {
  const opened: string[] = [];
  const withGit = createMemoryProvider(() => ({ stdout: "/usr/bin/git\n" }));
  const withoutGit = createMemoryProvider(() => ({ exit_code: 1 }));
  const provider: SandboxProvider = {
    ...withGit,
    open: (spec, options) => {
      const image = spec.rootfs.kind === "image" ? spec.rootfs.reference : "host";
      opened.push(image);
      return (image.startsWith("bare") ? withoutGit : withGit).open(spec, options);
    },
    checkImage: async (image) => {
      if (image.startsWith("gone")) {
        throw new SandboxError("SWERL_IMAGE_MISSING", `image ${image} is nowhere`, { hint: `docker pull ${image}` });
      }
      return { where: image.startsWith("far") ? "remote" : "present", exact: `exactly ${image}` };
    },
  };
  return { provider, opened };
}

describe("checkImages", () => {
  it("opens each image that is here once, and none that would have to be pulled", async () => {
    const { provider, opened } = createProvider();
    const instances = ["a:1", "a:1", "far:1", "b:1", null, null].map((image, index) => instanceOf(image, index));
    const exact = await checkImages({ instances, tasks, sandboxes: provider, signal });
    expect(exact).toEqual({ "a:1": "exactly a:1", "far:1": "exactly far:1", "b:1": "exactly b:1" });
    expect(opened.toSorted()).toEqual(["a:1", "b:1", "host"]);
  });

  it("rejects with the error of the one image at fault", async () => {
    const { provider } = createProvider();
    const options = { tasks, sandboxes: provider, signal };
    await expect(
      checkImages({ ...options, instances: [instanceOf("gone:1"), instanceOf("a:1")] }),
    ).rejects.toMatchObject({ code: "SWERL_IMAGE_MISSING", hint: "docker pull gone:1" });
    await expect(checkImages({ ...options, instances: [instanceOf("bare:1")] })).rejects.toMatchObject({
      code: "SWERL_IMAGE_NO_GIT",
      message: expect.stringContaining("bare:1"),
    });
  });

  it("names all images at fault at once, on one screen", async () => {
    const { provider } = createProvider();
    const instances = Array.from({ length: 50 }, (_, index) => instanceOf(`gone${index}:1`));
    const checking = checkImages({
      instances: [...instances, instanceOf("bare:1")],
      tasks,
      sandboxes: provider,
      signal,
    });
    const error = (await checking.catch((caught: unknown) => caught)) as SandboxError;
    expect(error.code).toBe("SWERL_IMAGES_UNUSABLE");
    expect(error.message).toContain("51 of 51 images");
    expect(error.message).toContain("gone0:1 is nowhere");
    expect(error.message).toContain("and 31 more");
    expect(error.message.split("\n").length).toBeLessThan(24);
  });

  it("stops when asked", async () => {
    const { provider } = createProvider();
    const stopped = AbortSignal.abort(new Error("enough"));
    const checking = checkImages({ instances: [instanceOf("a:1")], tasks, sandboxes: provider, signal: stopped });
    await expect(checking).rejects.toThrow("enough");
  });
});
