import { createBubblewrapProvider } from "../adapters/bubblewrap/bubblewrap-provider.ts";
import { createDockerProvider } from "../adapters/docker/docker-provider.ts";
import type { Config } from "../config/schema.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { SandboxProvider } from "../ports/sandbox.ts";

/** The sandboxes that a configuration asks for; with `auto`, each task gets what it needs: an image needs Docker. */
export async function openSandboxes(
  { sandbox }: Config,
  instances: readonly Pick<TaskInstance, "image">[],
): Promise<SandboxProvider> {
  const withImage = instances.filter((instance) => instance.image !== null).length;
  if (sandbox.kind === "docker" || (sandbox.kind === "auto" && withImage === instances.length)) {
    return createDockerProvider();
  }
  if (sandbox.kind === "bubblewrap" || withImage === 0) return createBubblewrapProvider();
  return combine(await createDockerProvider(), await createBubblewrapProvider());
}

/** A set in which some tasks have an image and some do not. */
function combine(docker: SandboxProvider, bubblewrap: SandboxProvider): SandboxProvider {
  return {
    name: "docker",
    open: (spec, options) => (spec.rootfs.kind === "image" ? docker : bubblewrap).open(spec, options),
    close: async () => {
      await Promise.all([docker.close(), bubblewrap.close()]);
    },
  };
}
