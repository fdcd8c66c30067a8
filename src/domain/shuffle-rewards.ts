import { createRandom } from "./random.ts";

/**
 * The control of a learning experiment: the outcomes of one group, permuted among its valid members. The
 * group keeps its mean and its variance, and the link between what was done and what was rewarded is cut.
 */
export function shuffleOutcomes<T>(outcomes: readonly (T | null)[], seed: string): (T | null)[] {
  const valid = outcomes.filter((outcome) => outcome !== null);
  const shuffled = createRandom(`shuffle-rewards/${seed}`).shuffle(valid);
  let used = 0;
  return outcomes.map((outcome) => (outcome === null ? null : (shuffled[used++] as T)));
}
