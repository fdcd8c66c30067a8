/**
 * Group-normalised advantages: A_i = (R_i - mean) / (std + delta), paper Eq. 2, with the population
 * standard deviation over the valid members. A null reward (infra, invalid verdict) stays out of mean and
 * std and gets a null advantage. A group without variance gets exactly 0.
 */
export function computeAdvantages(rewards: readonly (number | null)[], delta = 1e-6): (number | null)[] {
  const valid = rewards.filter((reward) => reward !== null);
  if (valid.length === 0) return rewards.map(() => null);
  const mean = valid.reduce((sum, reward) => sum + reward, 0) / valid.length;
  const variance = valid.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / valid.length;
  const hasVariance = valid.some((reward) => reward !== valid[0]);
  const scale = Math.sqrt(variance) + delta;
  return rewards.map((reward) => (reward === null ? null : hasVariance ? (reward - mean) / scale : 0));
}
