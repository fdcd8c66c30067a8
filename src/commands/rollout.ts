import type { CommandContext, SharedFlags } from "./command-context.ts";
import { measure } from "./eval.ts";

/** `swerl rollout`: trajectories of the policy, graded, for whatever comes next. */
export function rollout(flags: SharedFlags, context: CommandContext): Promise<number> {
  return measure(flags, context, "rollout", (plan) => plan.config.rollout.group_size);
}
