import type { Reduction, TrainingDatum } from "../domain/training-datum.ts";

/**
 * The tensor engine behind the Tinker protocol. It is algorithm-blind: every datum carries per-token numbers
 * that src/domain computed, scaled for the reduction the engine declares.
 */
export interface Trainer {
  /** What this server does with the per-token losses of one optimizer batch. */
  readonly reduction: Reduction;
  /** Logprobs of every target token of each datum under the live weights. */
  forward(data: readonly TrainingDatum[], signal: AbortSignal): Promise<number[][]>;
  /** Adds gradients of one slice of the optimizer batch. */
  forwardBackward(data: readonly TrainingDatum[], loss: Loss, signal: AbortSignal): Promise<ForwardBackwardResult>;
  /** Applies the gathered gradients as one AdamW update and clears them. */
  optimStep(adam: AdamParams, signal: AbortSignal): Promise<{ readonly grad_norm: number; readonly skipped: boolean }>;
  /** Saves weights and optimizer state under a name; resolves to the server's path for loadState. */
  saveState(name: string, signal: AbortSignal): Promise<string>;
  loadState(path: string, signal: AbortSignal): Promise<void>;
  /** Makes the live weights the ones that the policy endpoint samples from; resolves when new requests use them. */
  publish(policyVersion: number, signal: AbortSignal): Promise<void>;
}

export type Loss =
  | { readonly name: "cross_entropy" }
  | { readonly name: "importance_sampling" }
  | {
      readonly name: "ppo";
      readonly clip_low_threshold: number;
      readonly clip_high_threshold: number;
    };

export interface AdamParams {
  readonly learning_rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  /** Global gradient norm is clipped to this. */
  readonly grad_clip_norm: number;
}

export interface ForwardBackwardResult {
  /** Per datum, log-probabilities of the targets under the live weights before the update. */
  readonly logprobs: readonly (readonly number[])[];
  /** Loss as the server reduces it. */
  readonly loss: number;
}
