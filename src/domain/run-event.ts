import { z } from "zod";

import { trajectorySchema } from "./trajectory.ts";

/** Everything a run writes to its journal. The journal is the truth; every other file can be made again from it. */
export const runEventSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("run-start"),
    format: z.literal("swerl.run/1"),
    command: z.enum(["rollout", "rft", "train", "eval"]),
    config: z.unknown(),
    swerl_version: z.string(),
    /** Of the selected instances, content included; absent in journals of older versions. */
    task_set: z.strictObject({ instances: z.int(), sha256: z.string() }).optional(),
    started_at: z.string(),
  }),
  z.strictObject({
    /** Written before an image is used, and not again when the run goes on: a name means one image all through a run. */
    type: z.literal("images-identified"),
    /** By name, `NAME@sha256:…` as its registry has it, or the Id of an image that is in no registry. */
    images: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    type: z.literal("trajectory-end"),
    iteration: z.int(),
    trajectory: trajectorySchema,
  }),
  z.strictObject({
    type: z.literal("optimizer-step-end"),
    iteration: z.int(),
    optimizer_step: z.int(),
    trajectory_ids: z.array(z.string()),
    metrics: z.record(z.string(), z.number()),
  }),
  z.strictObject({
    type: z.literal("checkpoint-saved"),
    iteration: z.int(),
    policy_version: z.int(),
    path: z.string(),
  }),
  z.strictObject({
    /** A checkpoint inside the fine-tuning of swerl rft, to go on from; no policy that was published. */
    type: z.literal("fine-tuning-saved"),
    /** Updates that are in it, of all epochs. */
    updates: z.int().min(1),
    path: z.string(),
  }),
  z.strictObject({
    type: z.literal("iteration-end"),
    iteration: z.int(),
    metrics: z.record(z.string(), z.number()),
  }),
  z.strictObject({
    type: z.literal("run-end"),
    metrics: z.record(z.string(), z.number()),
    ended_at: z.string(),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
