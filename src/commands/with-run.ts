import { resolve } from "node:path";

import { toPlainConfig } from "../config/render-config.ts";
import { computeSetDigest } from "../pipelines/grader.ts";
import type { RolloutPorts } from "../pipelines/rollout-ports.ts";
import { checkImages } from "../pipelines/check-images.ts";
import { type StartedRun, startRun } from "../pipelines/start-run.ts";
import { checkDisk, explainFullDisk } from "../wiring/check-disk.ts";
import { type Engines, openEngines } from "../wiring/open-engines.ts";
import { openGrader } from "../wiring/open-grader.ts";
import { openRollouts } from "../wiring/open-rollouts.ts";
import { openSandboxes } from "../wiring/open-sandboxes.ts";
import { hasRun, openRun } from "../wiring/run-files.ts";
import type { CommandContext } from "./command-context.ts";
import type { RunPlan } from "./plan-run.ts";
import { createProgress, type Progress } from "./progress.ts";
import { readVersion } from "./read-version.ts";
import { checkValidation } from "./check-validation.ts";

/** Settings that change no result, so that a run may go on with other ones. */
const MAY_CHANGE = [
  "run.directory",
  "tasks.require_valid",
  "tasks.log_parser_command",
  "run.max_concurrency",
  "policy.base_url",
  "policy.request_timeout_s",
  "policy.api_key_env",
  "trainer.base_url",
  "trainer.api_key_env",
  "trainer.python",
  "trainer.device",
  "trainer.threads",
  "trainer.request_timeout_s",
  "sandbox.docker_hosts",
  "sandbox.docker_tls",
  "sandbox.image_cache_gb",
  "eval.confidence",
  "eval.model_name",
  "eval.swebench_python",
  "train.iterations",
  "train.checkpoint_every",
  "rft.checkpoint_every",
];

/** A run that is open for work. */
export interface OpenedRun {
  readonly run: StartedRun;
  readonly ports: RolloutPorts;
  readonly engines: Engines;
  readonly progress: Progress;
  /** Aborts when the person asks to stop, or when the embedded worker dies. */
  readonly signal: AbortSignal;
}

/**
 * Opens everything the plan needs, hands it to `work`, and closes it on every path. A finished run opens no engine:
 * `recall` answers from its journal.
 */
export async function withRun<Result>(
  plan: RunPlan,
  context: CommandContext,
  options: WithRunOptions<Result>,
): Promise<Result> {
  try {
    return await startAndWork(plan, context, options);
  } catch (error) {
    throw (await explainFullDisk(error, [resolve(plan.directory)])) ?? error;
  }
}

interface WithRunOptions<Result> {
  readonly withTrainer: boolean;
  readonly recall: (run: StartedRun) => Result;
  readonly work: (opened: OpenedRun) => Promise<Result>;
}

async function startAndWork<Result>(
  plan: RunPlan,
  context: CommandContext,
  options: WithRunOptions<Result>,
): Promise<Result> {
  const progress = createProgress(context.stderr, context);
  await checkValidation(plan, (message) => progress.note(message));
  // One that was begun may be finished, and is then only read.
  if (!hasRun(plan.directory)) await checkDisk(plan.directory);
  const store = await openRun({ directory: plan.directory, onWarning: (message) => progress.note(message) });
  try {
    const run = await startRun(store, {
      command: plan.command,
      config: toPlainConfig(plan.config),
      swerlVersion: readVersion(),
      taskSet: { instances: plan.instances.length, sha256: computeSetDigest(plan.instances) },
      mayChange: MAY_CHANGE,
    });
    if (run.resumed.isFinished) {
      progress.note(`${plan.directory}: finished before, nothing to do`);
      return options.recall(run);
    }
    if (run.resumed.starts > 0) progress.note(`${plan.directory}: going on where it stopped`);
    return await workInRun(plan, run, progress, context, options);
  } finally {
    await store.close();
  }
}

async function workInRun<Result>(
  plan: RunPlan,
  run: StartedRun,
  progress: Progress,
  context: CommandContext,
  options: { readonly withTrainer: boolean; readonly work: (opened: OpenedRun) => Promise<Result> },
): Promise<Result> {
  const death = new AbortController();
  const signal = AbortSignal.any([context.signal, death.signal]);
  await checkDisk(plan.directory);
  const sandboxes = await openSandboxes(plan.config, plan.instances, run.resumed.images);
  let engines: Engines | null = null;
  try {
    const images = await checkImages({ instances: plan.instances, tasks: plan.tasks, sandboxes, signal });
    if (Object.keys(images).some((name) => run.resumed.images[name] === undefined)) {
      await run.store.append({ type: "images-identified", images });
    }
    progress.note("starting the engines");
    engines = await openEngines(plan.config, {
      runDirectory: plan.directory,
      withTrainer: options.withTrainer,
      onDeath: (error) => death.abort(error),
      signal,
    });
    const grader = openGrader(plan.config, plan.tasks, sandboxes);
    const ports = openRollouts(plan.config, { tasks: plan.tasks, sandboxes, engines, grader });
    return await options.work({ run, ports, engines, progress, signal });
  } finally {
    await engines?.close();
    await sandboxes.close();
  }
}
