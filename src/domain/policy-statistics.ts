/** One trained sequence as the policy sampled it and as the trainer sees it; arrays run over the T-1 targets. */
export interface TrainedSequence {
  /** 1 where the target was sampled. */
  readonly mask: readonly number[];
  /** Logprobs under the policy that sampled, 0 where the mask is 0. */
  readonly behaviour: readonly number[];
  /** Logprobs under the weights before the update. */
  readonly live: readonly number[];
  readonly advantage: number;
}

export interface PolicyStatistics {
  readonly sampled_tokens: number;
  /** Mean and 99th percentile of |live - behaviour|, in nats. */
  readonly logprob_difference_mean: number;
  readonly logprob_difference_p99: number;
  /** Share of sampled tokens whose gradient the clip cuts off. */
  readonly clip_fraction: number;
  /** -mean live logprob of the sampled tokens: an unbiased estimate of the entropy while on-policy. */
  readonly entropy_estimate: number;
  /** mean(ratio - 1 - log ratio) >= 0, the k3 estimate of KL(behaviour || live). */
  readonly kl_estimate: number;
}

/** @param clip Ratio bounds of the PPO loss, e.g. { low: 0.8, high: 1.3 }. */
export function computePolicyStatistics(
  sequences: readonly TrainedSequence[],
  clip: { readonly low: number; readonly high: number },
): PolicyStatistics {
  const differences: number[] = [];
  let clipped = 0;
  let liveSum = 0;
  let klSum = 0;
  for (const { mask, behaviour, live, advantage } of sequences) {
    for (let index = 0; index < mask.length; index++) {
      if (mask[index] === 0) continue;
      const difference = (live[index] as number) - (behaviour[index] as number);
      const ratio = Math.exp(difference);
      if (advantage > 0 ? ratio > clip.high : advantage < 0 && ratio < clip.low) clipped++;
      differences.push(Math.abs(difference));
      liveSum += live[index] as number;
      klSum += ratio - 1 - difference;
    }
  }
  const count = differences.length;
  const perToken = (sum: number): number => (count === 0 ? 0 : sum / count);
  differences.sort((a, b) => a - b);
  return {
    sampled_tokens: count,
    logprob_difference_mean: perToken(differences.reduce((sum, value) => sum + value, 0)),
    logprob_difference_p99: differences[Math.ceil(0.99 * count) - 1] ?? 0,
    clip_fraction: perToken(clipped),
    entropy_estimate: perToken(-liveSum),
    kl_estimate: perToken(klSum),
  };
}
