import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  buildPolicyBatch,
  buildSupervisedBatch,
  buildSupervisedBatchFromLiveLogprobs,
  planOptimizerBatches,
  type PolicySequence,
} from "../../src/domain/batch.ts";
import type { Reduction, TrainingDatum } from "../../src/domain/training-datum.ts";

const VOCABULARY = 5;

const sequences = fc.array(
  fc
    .array(
      fc.record({
        token: fc.nat(VOCABULARY - 1),
        bit: fc.constantFrom(0 as const, 1 as const),
        logprob: fc.double({ min: -4, max: 0, noNaN: true }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .chain((tail) => fc.record({ tail: fc.constant(tail), advantage: fc.double({ min: -2, max: 2, noNaN: true }) }))
    .map(({ tail, advantage }): PolicySequence => {
      const tokens = [{ token: 0, bit: 0 as const, logprob: 0 }, ...tail];
      const mask = tokens.map(({ bit }) => bit);
      if (!mask.includes(1)) mask[mask.length - 1] = 1;
      return {
        sequence_id: "s",
        token_ids: tokens.map(({ token }) => token),
        loss_mask: mask,
        logprobs: tokens.map(({ logprob }) => logprob),
        advantage,
      };
    }),
  { minLength: 1, maxLength: 6 },
);
const parameters = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
  minLength: VOCABULARY,
  maxLength: VOCABULARY,
});

/** A bigram-free softmax model: logits are the parameters. d logprob(k) / d theta_j = [j = k] - p_j. */
function logprobsOf(theta: readonly number[], targets: readonly number[]): number[] {
  const normaliser = Math.log(theta.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return targets.map((target) => (theta[target] as number) - normaliser);
}

/** Gradient of what an engine would minimise, with its own reduction, for a loss name on our data. */
function engineGradient(
  theta: readonly number[],
  data: readonly TrainingDatum[],
  loss: "cross_entropy" | "importance_sampling",
  reduction: Reduction,
): number[] {
  const gradient = theta.map(() => 0);
  const probabilities = logprobsOf(theta, [...theta.keys()]).map(Math.exp);
  for (const datum of data) {
    const live = logprobsOf(theta, datum.target_token_ids);
    const weightSum = datum.weights.reduce((sum, weight) => sum + weight, 0);
    const divisor = reduction === "sum" ? 1 : weightSum * data.length;
    datum.target_token_ids.forEach((target, index) => {
      const coefficient =
        loss === "cross_entropy"
          ? -(datum.weights[index] as number)
          : -Math.exp((live[index] as number) - (datum.logprobs?.[index] as number)) *
            (datum.advantages?.[index] as number);
      probabilities.forEach((probability, parameter) => {
        gradient[parameter] =
          (gradient[parameter] as number) + (coefficient * ((parameter === target ? 1 : 0) - probability)) / divisor;
      });
    });
  }
  return gradient;
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 9));
}

describe("buildPolicyBatch", () => {
  it("gives the gradient of the token-mean under either reduction", () => {
    fc.assert(
      fc.property(sequences, parameters, (batch, theta) => {
        const sum = engineGradient(theta, buildPolicyBatch(batch, "sum"), "importance_sampling", "sum");
        const means = engineGradient(
          theta,
          buildPolicyBatch(batch, "mean-of-sequence-means"),
          "importance_sampling",
          "mean-of-sequence-means",
        );
        expectClose(means, sum);

        const total = batch.flatMap((sequence) => sequence.loss_mask).reduce<number>((a, b) => a + b, 0);
        const direct = theta.map(() => 0);
        const probabilities = logprobsOf(theta, [...theta.keys()]).map(Math.exp);
        for (const sequence of batch) {
          sequence.token_ids.forEach((token, index) => {
            if (sequence.loss_mask[index] === 0) return;
            const live = logprobsOf(theta, [token])[0] as number;
            const factor = (-Math.exp(live - (sequence.logprobs[index] as number)) * sequence.advantage) / total;
            probabilities.forEach((probability, parameter) => {
              direct[parameter] =
                (direct[parameter] as number) + factor * ((parameter === token ? 1 : 0) - probability);
            });
          });
        }
        expectClose(sum, direct);
      }),
    );
  });

  it("leaves every number 0 where the target was not sampled, and shifts by one", () => {
    fc.assert(
      fc.property(sequences, (batch) => {
        buildPolicyBatch(batch, "sum").forEach((datum, index) => {
          const { token_ids, loss_mask } = batch[index] as PolicySequence;
          expect([...datum.input_token_ids, token_ids.at(-1)]).toEqual(token_ids);
          expect([token_ids[0], ...datum.target_token_ids]).toEqual(token_ids);
          expect(datum.weights).toEqual(loss_mask.slice(1));
          datum.weights.forEach((weight, position) => {
            if (weight === 1) return;
            expect(datum.advantages?.[position]).toBeCloseTo(0, 15);
            expect(datum.logprobs?.[position]).toBe(0);
          });
        });
      }),
    );
  });

  it("refuses a sequence that no token of trains, and one whose arrays differ", () => {
    const sequence = { sequence_id: "s", token_ids: [1, 2], logprobs: [0, 0], advantage: 1 };
    expect(() => buildPolicyBatch([{ ...sequence, loss_mask: [0, 0] }], "sum")).toThrow(/no token/);
    expect(() => buildPolicyBatch([{ ...sequence, loss_mask: [0] }], "sum")).toThrow(/1 mask bits/);
    expect(() => buildPolicyBatch([{ ...sequence, loss_mask: [1, 1] }], "sum")).toThrow(/first token/);
  });
});

describe("buildSupervisedBatch", () => {
  it("has the same gradient as the importance-sampling form with live logprobs, under either reduction", () => {
    fc.assert(
      fc.property(sequences, parameters, (batch, theta) => {
        const direct = engineGradient(theta, buildSupervisedBatch(batch), "cross_entropy", "sum");
        const live = batch.map((sequence) => logprobsOf(theta, sequence.token_ids.slice(1)));
        for (const reduction of ["sum", "mean-of-sequence-means"] as const) {
          const data = buildSupervisedBatchFromLiveLogprobs(batch, live, reduction);
          expectClose(engineGradient(theta, data, "importance_sampling", reduction), direct);
        }
      }),
    );
  });
});

describe("planOptimizerBatches", () => {
  it("uses every item once, in batches that differ by at most one", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.integer({ min: 1, max: 40 }), fc.string(), (items, size, seed) => {
        const batches = planOptimizerBatches(items, size, seed);
        expect(batches.flat().toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
        const sizes = batches.map((batch) => batch.length);
        if (items.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(batches).toEqual(planOptimizerBatches(items, size, seed));
      }),
    );
  });

  it("takes the nearest number of updates", () => {
    const sizes = (count: number): number[] =>
      planOptimizerBatches(
        Array.from({ length: count }, (_, index) => index),
        128,
        "1",
      ).map((batch) => batch.length);
    expect(sizes(10)).toEqual([10]);
    expect(sizes(150)).toEqual([150]);
    expect(sizes(200)).toEqual([100, 100]);
    expect(sizes(256)).toEqual([128, 128]);
  });
});
