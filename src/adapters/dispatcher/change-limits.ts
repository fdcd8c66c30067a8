import { isCachePath, type LeftOutPath } from "../../domain/left-out.ts";
import type { FileChange, TreeChanges } from "../../ports/sandbox.ts";

/** A file larger than this is left out of the changes, and named. */
export const MAX_CHANGED_FILE_BYTES = 2 * 1024 * 1024;
/** At most so many changes are reported: files of the tree first, then new files, then caches. */
export const MAX_CHANGES = 2_000;

/** Which changes are reported when there are too many: lower first. */
export function rankChange(path: string, isOfTree: boolean): 0 | 1 | 2 {
  if (isOfTree) return 0;
  return isCachePath(path) ? 2 : 1;
}

export function comparePaths(one: { readonly path: string }, other: { readonly path: string }): number {
  if (one.path === other.path) return 0;
  return one.path < other.path ? -1 : 1;
}

/** At most MAX_CHANGES of the changes, by path; the others are named as left out, beside those that were before. */
export function limitChanges(
  changes: readonly FileChange[],
  leftOut: readonly LeftOutPath[],
  isOfTree: (path: string) => boolean,
): TreeChanges {
  const ranked = changes
    .map((change) => ({ change, rank: rankChange(change.path, isOfTree(change.path)) }))
    .sort((one, other) => one.rank - other.rank || comparePaths(one.change, other.change))
    .map(({ change }) => change);
  const tooMany = ranked.slice(MAX_CHANGES).map(({ path }): LeftOutPath => ({ path, reason: "too_many" }));
  return { changes: ranked.slice(0, MAX_CHANGES).sort(comparePaths), left_out: [...leftOut, ...tooMany] };
}
