import { basename, join } from "node:path";

import type { Config } from "../config/schema.ts";
import { groupEvents } from "../domain/evaluate-events.ts";
import { replayRun } from "../domain/replay-run.ts";
import type { TrajectoryGroup } from "../domain/scored-group.ts";
import { type CrossCheck, crossCheck } from "../pipelines/cross-check.ts";
import { evaluateOfficially, type OfficialEvaluation } from "../pipelines/evaluate-officially.ts";
import { createPermits } from "../platform/permits.ts";
import type { OfficialGrader } from "../ports/official-grader.ts";
import { openSandboxes } from "../wiring/open-sandboxes.ts";
import { loadRun } from "../wiring/run-files.ts";
import type { CommandContext } from "./command-context.ts";
import type { EvalFlags } from "./eval-flags.ts";
import type { RunPlan } from "./plan-run.ts";
import { createProgress } from "./progress.ts";
import { type Submission, writeSubmission } from "./write-submission.ts";

/** What was asked for beside the evaluation itself. */
export interface FollowUps {
  readonly official?: OfficialEvaluation;
  readonly cross_check?: CrossCheck;
  readonly submission?: Submission;
}

/** Grades the finished evaluation by the swebench package, and writes its submission, from the run's journal. */
export async function followUpEvaluation(
  plan: RunPlan,
  flags: EvalFlags,
  grader: OfficialGrader | null,
  context: CommandContext,
): Promise<FollowUps> {
  if (grader === null && flags.submission === null) return {};
  const events = await loadRun(plan.directory);
  const groups = groupEvents(events);
  const official =
    grader === null || flags.official === null ? null : await grade(plan, flags, grader, groups, context);
  const { images } = replayRun(events);
  const checked = grader === null || !flags.crossCheck ? null : await check(plan, grader, groups, images, context);
  const submission =
    flags.submission === null
      ? null
      : await writeSubmission({
          folder: flags.submission,
          model: nameModel(plan.config),
          groups,
          instances: plan.instances,
          official,
          officialFolder: join(plan.directory, "official"),
        });
  return {
    ...(official === null ? {} : { official }),
    ...(checked === null ? {} : { cross_check: checked }),
    ...(submission === null ? {} : { submission }),
  };
}

async function grade(
  plan: RunPlan,
  flags: EvalFlags,
  grader: OfficialGrader,
  groups: readonly TrajectoryGroup[],
  context: CommandContext,
): Promise<OfficialEvaluation> {
  const progress = createProgress(context.stderr, context);
  return evaluateOfficially({
    groups,
    instances: plan.instances,
    grader,
    dataset: typeof flags.official === "string" ? flags.official : findAlias(plan.config),
    workers: flags.officialWorkers,
    directory: join(plan.directory, "official"),
    model: nameModel(plan.config),
    signal: context.signal,
    onAttempt: (attempt, attempts) => progress.note(`swebench eval, attempt ${attempt + 1} of ${attempts}`),
  });
}

async function check(
  plan: RunPlan,
  grader: OfficialGrader,
  groups: readonly TrajectoryGroup[],
  images: Readonly<Record<string, string>>,
  context: CommandContext,
): Promise<CrossCheck> {
  const progress = createProgress(context.stderr, context);
  const sandboxes = await openSandboxes(plan.config, plan.instances, images);
  let isStarted = false;
  try {
    return await crossCheck({
      groups,
      instances: plan.instances,
      tasks: plan.tasks,
      sandboxes,
      grader,
      permits: createPermits(plan.config.run.max_concurrency),
      directory: join(plan.directory, "cross-check"),
      model: nameModel(plan.config),
      signal: context.signal,
      onLog: (done, total) => {
        if (!isStarted) progress.start("cross-check", total);
        isStarted = true;
        progress.update(done);
        if (done === total) progress.finish();
      },
    });
  } finally {
    await sandboxes.close();
  }
}

/** SWE-bench Verified is graded by its own published rows; any other set by the rows that this run was graded by. */
function findAlias({ tasks }: Config): string | null {
  return tasks.subset === "verified" || tasks.subset === "verified-50" ? "verified" : null;
}

function nameModel({ eval: evaluation, policy, trainer }: Config): string {
  return evaluation.model_name ?? policy.model ?? basename(trainer.base_model);
}
