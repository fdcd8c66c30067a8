import type { ScoredGroup } from "./scored-group.ts";

/**
 * What must vary inside a group for it to train: `outcome` as in DAPO (0 < resolved < G), or the `final`
 * reward. With a length penalty a group of failures nearly always varies in the final reward, and would
 * teach the policy to give up early; hence `outcome` is the default.
 */
export type FilterMetric = "outcome" | "final";

export interface FilteredGroups {
  readonly kept: readonly ScoredGroup[];
  /** With the reason, so that generated = kept + dropped holds. */
  readonly dropped: readonly { readonly group: ScoredGroup; readonly reason: DropReason }[];
}

export type DropReason = "no_valid_pair" | "all_resolved" | "none_resolved" | "equal_rewards";

/** Drops the groups without signal (DAPO's dynamic sampling, without sampling again). */
export function filterGroups(groups: readonly ScoredGroup[], metric: FilterMetric = "outcome"): FilteredGroups {
  const kept: ScoredGroup[] = [];
  const dropped: { group: ScoredGroup; reason: DropReason }[] = [];
  for (const group of groups) {
    const reason = findDropReason(group, metric);
    if (reason === null) kept.push(group);
    else dropped.push({ group, reason });
  }
  return { kept, dropped };
}

function findDropReason(group: ScoredGroup, metric: FilterMetric): DropReason | null {
  const valid = group.rewards.filter((reward) => reward !== null);
  if (valid.length < 2) return "no_valid_pair";
  if (metric === "outcome") {
    if (valid.every((reward) => reward.outcome === 1)) return "all_resolved";
    if (valid.every((reward) => reward.outcome === 0)) return "none_resolved";
  }
  // Outcomes that differ can still sum to equal rewards: a success at the last turn and an early failure.
  return valid.every((reward) => reward.reward === valid[0]?.reward) ? "equal_rewards" : null;
}
