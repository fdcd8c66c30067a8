import { mergeRows, type ValidationRow } from "../domain/validation-lock.ts";
import { checkImages } from "../pipelines/check-images.ts";
import { validateTasks } from "../pipelines/validate-tasks.ts";
import { writeFileAtomic } from "../platform/atomic-file.ts";
import { InputError } from "../platform/errors.ts";
import { openExternalParser } from "../wiring/open-grader.ts";
import { openSandboxes } from "../wiring/open-sandboxes.ts";
import { lockPathOf, readValidationLock } from "../wiring/validation-lock.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { planRun } from "./plan-run.ts";
import { createProgress } from "./progress.ts";
import { renderValidation, summarizeValidation } from "./render-validation.ts";

export interface ValidateFlags extends SharedFlags {
  /** Times each patch is graded. */
  readonly repeats: number;
  /** Instances at once. */
  readonly jobs: number;
  /** File for the rows as JSON; absent = none. */
  readonly out?: string;
  /** File for the report; absent = none. */
  readonly report?: string;
  /** The file that remembers; absent = the task set's own. What it finds valid is not run again; rows are added at once. */
  readonly lock?: string;
}

/** `swerl tasks validate`: runs every selected instance with its gold patch and without. Exit code 2 when one fails. */
export async function validateTaskSet(flags: ValidateFlags, context: CommandContext): Promise<number> {
  const plan = await planRun(flags, "eval");
  if (flags.dryRun) {
    context.stdout.write(
      `would grade ${plan.instances.length * flags.repeats * 2} patches of ${plan.config.tasks.path}\n`,
    );
    return EXIT_CODES.ok;
  }
  const progress = createProgress(context.stderr, context);
  const lockPath = flags.lock ?? lockPathOf(plan.config.tasks.path);
  let lock = await readValidationLock(lockPath);
  let writing = Promise.resolve();
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const remember = (row: ValidationRow): void => {
    lock = mergeRows(lock, [row]);
    const text = `${JSON.stringify(lock, null, 2)}\n`;
    writing = writing.then(() => writeFileAtomic(lockPath, text));
    writing.catch((error: unknown) => stop.abort(error));
  };
  const sandboxes = await openSandboxes(plan.config, plan.instances);
  let done = 0;
  let bad = 0;
  try {
    await checkImages({ instances: plan.instances, tasks: plan.tasks, sandboxes, signal });
    progress.start("instances", plan.instances.length);
    const rows = await validateTasks({
      source: plan.tasks,
      instances: plan.instances,
      sandboxes,
      repeats: flags.repeats,
      concurrency: flags.jobs,
      known: lock?.rows ?? [],
      externalParser: openExternalParser(plan.config.tasks.log_parser_command),
      signal,
      onRow: (row) => {
        remember(row);
        if (row.problems.length > 0) bad += 1;
        for (const problem of row.problems) progress.note(`${row.instance_id}: ${problem}`);
        progress.update(++done, bad === 0 ? "" : `${bad} invalid`);
      },
    });
    await writing;
    progress.finish();
    if (flags.report !== undefined) {
      await writeFileAtomic(flags.report, renderValidation(rows, plan.config.tasks.path));
    }
    if (flags.out !== undefined) await writeFileAtomic(flags.out, `${JSON.stringify(rows, null, 2)}\n`);
    context.stdout.write(
      flags.json
        ? `${JSON.stringify({ instances: rows.length, invalid: bad, lock: lockPath, rows })}\n`
        : `${summarizeValidation(rows)}; remembered in ${lockPath}\n`,
    );
  } finally {
    await sandboxes.close();
  }
  if (bad === 0) return EXIT_CODES.ok;
  throw new InputError(
    "SWERL_TASK_INVALID",
    `${bad} of ${plan.instances.length} instances of ${plan.config.tasks.path} are not valid`,
    {
      hint: "the lines above say why; an instance must be resolved by its gold patch and not without it, every time",
    },
  );
}
