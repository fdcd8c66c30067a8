import type { TaskInstance } from "./task-instance.ts";

/** Which instances of a set a run uses; null selects nothing away. */
export interface InstanceSelection {
  readonly split: string | null;
  readonly taskIds: readonly string[] | null;
  /** Regular expression that an instance_id must match. */
  readonly filter: string | null;
  /** Python-like `start:stop` of what the other selections leave. */
  readonly slice: string | null;
  readonly limit: number | null;
}

/** The selected instances in the order of the set. */
export function selectInstances(instances: readonly TaskInstance[], selection: InstanceSelection): TaskInstance[] {
  const { split, taskIds, filter, slice, limit } = selection;
  const pattern = filter === null ? null : new RegExp(filter, "u");
  const matching = instances.filter(
    (instance) =>
      (split === null || instance.split === split) &&
      (taskIds === null || taskIds.includes(instance.instance_id)) &&
      (pattern === null || pattern.test(instance.instance_id)),
  );
  const [start, stop] = slice === null ? [undefined, undefined] : slice.split(":").map(readBound);
  return matching.slice(start ?? 0, stop).slice(0, limit ?? undefined);
}

/** Ids that were asked for and are not in the set. */
export function findUnknownIds(instances: readonly TaskInstance[], taskIds: readonly string[] | null): string[] {
  const known = new Set(instances.map((instance) => instance.instance_id));
  return (taskIds ?? []).filter((id) => !known.has(id));
}

function readBound(text: string): number | undefined {
  return text === "" ? undefined : Number(text);
}
