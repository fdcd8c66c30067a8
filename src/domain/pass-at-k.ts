import { createRandom } from "./random.ts";

/** Attempts at one task instance and how many of them resolved it. */
export interface InstanceResult {
  readonly attempts: number;
  readonly resolved: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface PassAtOne {
  /** Mean over instances of resolved / attempts. */
  readonly mean: number;
  /** Standard error clustered by instance; null with fewer than two instances. */
  readonly standard_error: number | null;
}

/**
 * Mean pass@1 with its standard error. The instance is the unit: attempts at one instance are not
 * independent, so the error comes from the spread of the instances' own rates.
 */
export function computePassAtOne(results: readonly InstanceResult[]): PassAtOne {
  const rates = readRates(results);
  const mean = average(rates);
  if (rates.length < 2) return { mean, standard_error: null };
  const squares = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0);
  return { mean, standard_error: Math.sqrt(squares / (rates.length - 1) / rates.length) };
}

/**
 * Unbiased pass@k, 1 - C(n-c, k) / C(n, k) averaged over instances (Chen et al. 2021, Eq. 1); null when an
 * instance has fewer than k attempts.
 */
export function computePassAtK(results: readonly InstanceResult[], k: number): number | null {
  if (results.length === 0 || results.some((result) => result.attempts < k)) return null;
  return average(
    results.map(({ attempts, resolved }) => {
      let allFail = 1;
      for (let drawn = 0; drawn < k; drawn++) {
        allFail *= Math.max(0, attempts - resolved - drawn) / (attempts - drawn);
      }
      return 1 - allFail;
    }),
  );
}

/** Wilson score interval of a proportion of independent trials; z = 1.96 for 95 %. */
export function computeWilsonInterval(successes: number, trials: number, z = 1.959964): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const rate = successes / trials;
  const denominator = 1 + (z * z) / trials;
  const centre = (rate + (z * z) / (2 * trials)) / denominator;
  const half = (z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials))) / denominator;
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
  };
}

/** Percentile bootstrap interval of mean pass@1, resampling whole instances. */
export function computeBootstrapInterval(
  results: readonly InstanceResult[],
  options: { readonly seed: string; readonly confidence?: number; readonly resamples?: number },
): Interval {
  const rates = readRates(results);
  if (rates.length === 0) return { low: 0, high: 1 };
  const random = createRandom(`bootstrap/${options.seed}`);
  const means = Array.from({ length: options.resamples ?? 2000 }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < rates.length; drawn++) sum += rates[random.integer(rates.length)] as number;
    return sum / rates.length;
  }).sort((a, b) => a - b);
  const tail = (1 - (options.confidence ?? 0.95)) / 2;
  const at = (quantile: number): number => means[Math.round(quantile * (means.length - 1))] as number;
  return { low: at(tail), high: at(1 - tail) };
}

function readRates(results: readonly InstanceResult[]): number[] {
  return results.filter((result) => result.attempts > 0).map(({ attempts, resolved }) => resolved / attempts);
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
