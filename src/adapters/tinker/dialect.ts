import type { Reduction } from "../../domain/training-datum.ts";

/** How one kind of Tinker server differs from another where it matters to what is learnt. */
export interface TinkerDialect {
  readonly name: string;
  readonly wire: "json";
  readonly reduction: Reduction;
  readonly supports: {
    /** optim_step honours grad_clip_norm. Elsewhere it is ignored without a word. */
    readonly grad_clip_norm: boolean;
    /** lora_config.rank 0 trains all parameters. */
    readonly full_fine_tuning: boolean;
    /** save_weights_for_sampler takes weight_version, and completions tell it. */
    readonly weight_version: boolean;
  };
}

/** The embedded worker (trainer/ of this repository): sums over tokens, as the protocol documents. */
export const SWERL_DIALECT: TinkerDialect = {
  name: "swerl",
  wire: "json",
  reduction: "sum",
  supports: { grad_clip_norm: true, full_fine_tuning: true, weight_version: true },
};

/**
 * SkyRL 0.3 with its JAX backend: divides each sequence by its summed weights, then takes the mean over the
 * sequences since the last update; ignores grad_clip_norm; LoRA only.
 */
export const SKYRL_DIALECT: TinkerDialect = {
  name: "skyrl",
  wire: "json",
  reduction: "mean-of-sequence-means",
  supports: { grad_clip_norm: false, full_fine_tuning: false, weight_version: false },
};
