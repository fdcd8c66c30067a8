import { checkBubblewrap } from "../adapters/bubblewrap/check-bubblewrap.ts";
import { checkDocker } from "../adapters/docker/check-docker.ts";
import type { SandboxFinding } from "../adapters/dispatcher/sandbox-finding.ts";
import type { Config } from "../config/schema.ts";
import type { TaskInstance } from "../domain/task-instance.ts";
import type { CallOptions } from "../ports/sandbox.ts";

/** What the sandboxes that a configuration asks for need of this machine. */
export async function checkSandboxes(
  { sandbox }: Config,
  instances: readonly Pick<TaskInstance, "image">[],
  options: CallOptions,
): Promise<SandboxFinding[]> {
  const needsDocker = sandbox.kind === "docker" || (sandbox.kind === "auto" && instances.some(({ image }) => image));
  const needsBubblewrap =
    sandbox.kind === "bubblewrap" || (sandbox.kind === "auto" && !instances.every(({ image }) => image));
  return [
    ...(needsBubblewrap ? await checkBubblewrap(options) : []),
    ...(needsDocker ? await checkDocker(options) : []),
  ];
}
