import { createBubblewrapProvider } from "../adapters/bubblewrap/bubblewrap-provider.ts";
import { createDockerProvider } from "../adapters/docker/docker-provider.ts";
import { ImageStore } from "../adapters/images/image-store.ts";
import { withSetup } from "../adapters/tasks/with-setup.ts";
import type { Config } from "../config/schema.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { SandboxProvider, SandboxSpec } from "../ports/sandbox.ts";

import { readDockerEndpoints } from "./docker-endpoints.ts";

/** Exact references of image names; a run that goes on gives those that it wrote down when it began. */
type ExactImages = Readonly<Record<string, string>>;

/** What a set of instances asks of the sandboxes. */
export interface SandboxNeeds {
  readonly bubblewrap: boolean;
  /** Images that only Docker can open. */
  readonly dockerImages: readonly string[];
}

/** With `auto`, bubblewrap opens what it can: instances without an image and those whose image is unpacked here. */
export async function planSandboxes(
  { sandbox }: Pick<Config, "sandbox">,
  instances: readonly Pick<TaskInstance, "image">[],
  exact: ExactImages = {},
): Promise<SandboxNeeds> {
  const images = [...new Set(instances.map(({ image }) => image).filter((image) => image !== null))];
  if (sandbox.kind === "docker") return { bubblewrap: false, dockerImages: images };
  if (sandbox.kind === "bubblewrap") return { bubblewrap: true, dockerImages: [] };
  const store = new ImageStore();
  const unpacked = await Promise.all(images.map((image) => store.find(exact[image] ?? image)));
  const dockerImages = images.filter((_, index) => unpacked[index] === null);
  return { bubblewrap: instances.some(({ image }) => image === null || !dockerImages.includes(image)), dockerImages };
}

/** The sandboxes that a configuration asks for; each is set up as its spec says before it is handed over. */
export async function openSandboxes(
  config: Config,
  instances: readonly Pick<TaskInstance, "image">[],
  exact: ExactImages = {},
): Promise<SandboxProvider> {
  return withSetup(await openBareSandboxes(config, instances, exact));
}

async function openBareSandboxes(
  config: Config,
  instances: readonly Pick<TaskInstance, "image">[],
  images: ExactImages,
): Promise<SandboxProvider> {
  const needs = await planSandboxes(config, instances, images);
  const needsDocker = config.sandbox.kind === "docker" || needs.dockerImages.length > 0;
  if (!needsDocker) return createBubblewrapProvider({ images });
  const { docker_runtime: runtime } = config.sandbox;
  const docker = await createDockerProvider({
    endpoints: readDockerEndpoints(config),
    images,
    imageBudgetBytes: config.sandbox.image_cache_gb * 1e9,
    ...(runtime === null ? {} : { runtime }),
  });
  if (!needs.bubblewrap) return docker;
  return combine(docker, await createBubblewrapProvider({ images }), new Set(needs.dockerImages));
}

/** A set in which some tasks need Docker and some do not. */
function combine(
  docker: SandboxProvider,
  bubblewrap: SandboxProvider,
  dockerImages: ReadonlySet<string>,
): SandboxProvider {
  const choose = ({ rootfs }: SandboxSpec): SandboxProvider =>
    rootfs.kind === "image" && dockerImages.has(rootfs.reference) ? docker : bubblewrap;
  return {
    name: "docker",
    open: (spec, options) => choose(spec).open(spec, options),
    warm: (spec, count) => choose(spec).warm?.(spec, count),
    prefetch: (images) => docker.prefetch?.(images.filter((image) => dockerImages.has(image))),
    checkImage: async (image, options) =>
      (await (dockerImages.has(image) ? docker : bubblewrap).checkImage?.(image, options)) ?? null,
    close: async () => {
      await Promise.all([docker.close(), bubblewrap.close()]);
    },
  };
}
