import { createTaskRepoSource } from "../adapters/tasks/task-repo-source.ts";
import type { Config } from "../config/schema.ts";
import type { TaskSource } from "../ports/task-source.ts";

const MIB = 1024 ** 2;

/** The task set of a configuration, every instance of it. */
export function openTasks({ tasks, sandbox }: Config): TaskSource {
  return createTaskRepoSource({
    directory: tasks.path,
    limits: {
      memoryBytes: sandbox.memory_mb * MIB,
      maxProcesses: sandbox.max_processes,
      diskBytes: sandbox.disk_mb * MIB,
    },
  });
}
