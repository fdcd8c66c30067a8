import { gradePatch } from "../pipelines/grade-trajectory.ts";
import type { Grader } from "../pipelines/rollout-ports.ts";
import type { SandboxProvider } from "../ports/sandbox.ts";
import type { TaskSource } from "../ports/task-source.ts";

/** Grades patches in fresh sandboxes of the same kind as the episodes'. */
export function openGrader(tasks: TaskSource, sandboxes: SandboxProvider): Grader {
  return {
    grade: async (instance, modelPatch, signal) => {
      const spec = await tasks.prepare(instance, signal);
      return gradePatch({ instance, modelPatch, sandboxes, spec, signal });
    },
  };
}
