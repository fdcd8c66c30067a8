import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";

import { createModelPatch, type OriginalFile } from "../adapters/patches/create-model-patch.ts";
import type { Config } from "../config/schema.ts";
import { toAgentSettings } from "../config/to-agent-settings.ts";
import type { Grader, RolloutPorts } from "../pipelines/rollout-ports.ts";
import { runTrajectory } from "../pipelines/run-trajectory.ts";
import { createPermits } from "../platform/permits.ts";
import type { SandboxProvider, SandboxSpec } from "../ports/sandbox.ts";
import type { TaskSource } from "../ports/task-source.ts";
import type { Engines } from "./open-engines.ts";

/** Binds policy, sandboxes, grader and agent settings into what the collecting loops need. */
export function openRollouts(
  config: Config,
  parts: {
    readonly tasks: TaskSource;
    readonly sandboxes: SandboxProvider;
    readonly engines: Pick<Engines, "policy" | "tokenizer">;
    readonly grader: Grader;
  },
): RolloutPorts {
  const { tasks, sandboxes, engines, grader } = parts;
  const agent = toAgentSettings(config);
  const sampling = { ...config.sampling, stop_token_ids: engines.tokenizer.stopTokenIds };
  return {
    tasks,
    grader,
    trajectoryPermits: createPermits(config.run.max_concurrency),
    gradingPermits: createPermits(config.run.max_concurrency),
    sampleTrajectory: (request) =>
      runTrajectory({
        ...request,
        sandboxes,
        policy: engines.policy,
        tokenizer: engines.tokenizer,
        agent,
        sampling,
        renderPatch: async (changes) => {
          const { patch } = await createModelPatch(changes, (path) => readOriginal(request.spec, path));
          return patch;
        },
      }),
  };
}

/** The file as the tree holds it before the episode. */
async function readOriginal(spec: SandboxSpec, path: string): Promise<OriginalFile | null> {
  if (spec.tree === null) throw new RangeError("an image's own tree cannot be read from the host");
  const target = join(spec.tree, path);
  try {
    const status = await lstat(target);
    if (!status.isFile()) return null;
    return { content: await readFile(target), executable: (status.mode & 0o111) !== 0 };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
