import { readOutcome } from "../../domain/reward.ts";
import type { Trajectory } from "../../domain/trajectory.ts";

/** The same task instance before and after training. */
export interface TrajectoryPair {
  readonly instanceId: string;
  readonly before: Trajectory;
  readonly after: Trajectory;
}

/**
 * Instances worth reading, at most `count`: first those that only the trained policy resolved, then those that
 * both did, then those that neither did. The order is that of the evaluation, so the choice is the same every time.
 */
export function pickPairs(
  before: readonly Trajectory[],
  after: readonly Trajectory[],
  count: number,
): TrajectoryPair[] {
  const worst = firstByInstance(before, 0);
  const best = firstByInstance(after, 1);
  const pairs = [...best].flatMap(([instanceId, trajectory]) => {
    const earlier = worst.get(instanceId);
    return earlier === undefined ? [] : [{ instanceId, before: earlier, after: trajectory }];
  });
  const gained = pairs.filter((pair) => readOutcome(pair.after) === 1 && readOutcome(pair.before) === 0);
  const lost = pairs.filter((pair) => readOutcome(pair.after) === 0);
  const rest = pairs.filter((pair) => !gained.includes(pair) && !lost.includes(pair));
  const chosen = [...gained.slice(0, Math.max(1, count - 1)), ...lost.slice(0, 1), ...rest, ...gained, ...lost];
  return [...new Set(chosen)].slice(0, count);
}

/** One graded trajectory an instance, preferably with the wanted outcome. */
function firstByInstance(trajectories: readonly Trajectory[], wanted: 0 | 1): Map<string, Trajectory> {
  const chosen = new Map<string, Trajectory>();
  for (const trajectory of trajectories) {
    const outcome = readOutcome(trajectory);
    if (outcome === null) continue;
    const known = chosen.get(trajectory.instance_id);
    if (known === undefined || (readOutcome(known) !== wanted && outcome === wanted)) {
      chosen.set(trajectory.instance_id, trajectory);
    }
  }
  return chosen;
}
