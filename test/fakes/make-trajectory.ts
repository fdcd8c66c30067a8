import type { Trajectory, Turn } from "../../src/domain/trajectory.ts";
import type { Verdict } from "../../src/domain/verdict.ts";

export interface TrajectoryShape {
  readonly trajectory_id?: string;
  readonly instance_id?: string;
  readonly group_id?: string;
  readonly group_index?: number;
  /** null: an invalid verdict. */
  readonly outcome?: 0 | 1 | null;
  readonly turns?: number;
  /** Indices of turns with a malformed action. */
  readonly formatErrors?: readonly number[];
  readonly sampledPerTurn?: number;
  readonly promptTokens?: number;
  readonly policy_version?: number;
}

/** A trajectory of the given shape whose arrays agree with each other; token ids are small and arbitrary. */
export function makeTrajectory(shape: TrajectoryShape = {}): Trajectory {
  const sampledPerTurn = shape.sampledPerTurn ?? 2;
  const tokenIds: number[] = Array.from({ length: shape.promptTokens ?? 3 }, (_, index) => index + 1);
  const mask: (0 | 1)[] = tokenIds.map(() => 0);
  const turns: Turn[] = [];
  for (let index = 0; index < (shape.turns ?? 1); index++) {
    const malformed = shape.formatErrors?.includes(index) ?? false;
    turns.push({
      sampled_start: tokenIds.length,
      sampled_count: sampledPerTurn,
      text: `turn ${index}`,
      action: malformed ? null : "ls",
      format_error: malformed ? "no_command" : "none",
      observation: "ok",
      finish_reason: "stop",
      policy_version: shape.policy_version ?? 0,
    });
    for (let sampled = 0; sampled < sampledPerTurn; sampled++) {
      tokenIds.push(20 + index + sampled);
      mask.push(1);
    }
    tokenIds.push(9);
    mask.push(0);
  }
  const outcome = shape.outcome === undefined ? 0 : shape.outcome;
  const instanceId = shape.instance_id ?? "instance";
  const groupIndex = shape.group_index ?? 0;
  return {
    format: "swerl.trajectory/1",
    trajectory_id: shape.trajectory_id ?? `${instanceId}-${groupIndex}`,
    instance_id: instanceId,
    group_id: shape.group_id ?? instanceId,
    group_index: groupIndex,
    exit_status: "submitted",
    turns,
    token_ids: tokenIds,
    loss_mask: mask,
    logprobs: mask.map((bit) => (bit === 1 ? -0.5 : 0)),
    model_patch: "",
    verdict: makeVerdict(outcome),
    duration_ms: 1,
  };
}

export function makeVerdict(outcome: 0 | 1 | null): Verdict {
  if (outcome === null) return { outcome: "invalid", reason: "grader_died", duration_ms: 1 };
  return outcome === 1
    ? { outcome: "resolved", tests: {}, duration_ms: 1 }
    : { outcome: "unresolved", reason: "tests_failed", tests: {}, duration_ms: 1 };
}
