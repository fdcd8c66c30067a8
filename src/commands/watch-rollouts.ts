import { readOutcome } from "../domain/reward.ts";
import type { RolloutProgress } from "../pipelines/rollout-ports.ts";
import { formatShare } from "./format.ts";
import type { Progress } from "./progress.ts";

/** Turns what the collecting loops report into one progress line a phase. */
export function watchRollouts(
  progress: Progress,
  label: (iteration: number) => string,
): (event: RolloutProgress) => void {
  let graded = 0;
  let resolved = 0;
  let invalid = 0;
  return (event) => {
    switch (event.type) {
      case "rollouts-start":
        [graded, resolved, invalid] = [0, 0, 0];
        progress.start(label(event.iteration), event.total, event.reused);
        break;
      case "trajectory-retry":
        progress.note(
          `${event.trajectory.trajectory_id}: ${event.trajectory.exit_status} (${event.trajectory.exit_detail ?? "no detail"}), trying again`,
        );
        break;
      case "trajectory-end": {
        const outcome = readOutcome(event.trajectory);
        if (outcome === null) invalid += 1;
        else {
          graded += 1;
          resolved += outcome;
        }
        const share = graded === 0 ? "" : `${formatShare(resolved / graded)} resolved`;
        const left = invalid === 0 ? "" : `  ${invalid} not counted`;
        progress.update(event.done, `${share}${left}`);
        if (event.done >= event.total) progress.finish();
      }
    }
  };
}
