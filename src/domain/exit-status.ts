import { z } from "zod";

/**
 * Why a trajectory ended. Whatever the policy can cause is the policy's; only what independent
 * evidence shows to be infrastructure is `infra.*`.
 */
export const exitStatusSchema = z.enum([
  "submitted",
  "turn_limit",
  "context_limit",
  "time_limit",
  "format_errors",
  "sandbox_broken_by_agent",
  "infra.sandbox",
  "infra.policy",
  "infra.grader",
  "interrupted",
]);
export type ExitStatus = z.infer<typeof exitStatusSchema>;

/** True for endings that say nothing about the policy: never rewarded, never trained on, retried. */
export function isInfra(status: ExitStatus): boolean {
  return status.startsWith("infra.") || status === "interrupted";
}
