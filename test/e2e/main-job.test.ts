import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  BASE_MODEL,
  DEMO_CONFIG,
  skipReason,
  TRAINER_PYTHON,
  withoutBase,
  withoutBubblewrap,
  withoutTrainer,
} from "../fakes/machine.ts";
import { buildSwerl, runSwerl } from "../fakes/swerl-process.ts";

const reason = skipReason(withoutTrainer, withoutBase, withoutBubblewrap);

describe.skipIf(reason !== "")(
  `the main job on the embedded engines (${reason || "bubblewrap and the base policy"})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "swerl-main-"));
    beforeAll(async () => {
      buildSwerl();
      const made = await runSwerl(
        ["tasks", "drill", "--out", "drill", "--train", "8", "--dev", "4", "--test", "6"],
        folder,
      );
      expect(made.code).toBe(0);
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const commandLine = (command: string, run: string, sets: readonly string[]): string[] => [
      command,
      "-c",
      DEMO_CONFIG,
      "--json",
      ...[
        "tasks.path=drill",
        `trainer.base_model=${BASE_MODEL}`,
        `trainer.python=${TRAINER_PYTHON}`,
        "trainer.threads=1",
        "run.max_concurrency=16",
        `run.directory=runs/${run}`,
        ...sets,
      ].flatMap((set) => ["--set", set]),
    ];
    const swerl = async (command: string, run: string, sets: readonly string[]) => {
      const { code, stdout, stderr } = await runSwerl(commandLine(command, run, sets), folder);
      expect(stderr).not.toContain("error[");
      expect(code).toBe(0);
      return JSON.parse(stdout.trimEnd().split("\n").at(-1) as string) as Record<string, number>;
    };

    it("measures, fine-tunes, trains, measures again and reports", async () => {
      const before = await swerl("eval", "before", ["tasks.split=test", "eval.trajectories_per_instance=2"]);
      expect(before).toMatchObject({ instances: 6, trajectories: 12 });
      const tuned = await swerl("rft", "rft", ["tasks.split=train", "rft.group_size=4", "rft.batch_size=8"]);
      expect(tuned["optimizer_steps"]).toBeGreaterThan(0);
      const trained = await swerl("train", "train", [
        "tasks.split=train",
        "trainer.initial_state=runs/rft",
        "train.iterations=2",
        "train.group_size=4",
      ]);
      expect(trained["policy_version"]).toBeGreaterThanOrEqual(0);
      expect(readFileSync(join(folder, "runs/train/metrics.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(2);
      const after = ["tasks.split=test", "eval.trajectories_per_instance=2", "trainer.initial_state=runs/train"];
      expect(await swerl("eval", "after", after)).toMatchObject({ trajectories: 12 });
      // Finished: the same command answers the same from disk.
      expect(await swerl("eval", "before", ["tasks.split=test", "eval.trajectories_per_instance=2"])).toEqual(before);

      const report = await runSwerl(
        ["report", "before=runs/before", "runs/rft", "runs/train", "after=runs/after", "-o", "report.html"],
        folder,
      );
      expect(report.code).toBe(0);
      expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("Before and after");
    }, 400_000);

    it("refuses to go on with other settings", async () => {
      const { code, stderr } = await runSwerl(
        commandLine("eval", "before", ["tasks.split=test", "eval.trajectories_per_instance=3"]),
        folder,
      );
      expect(code).toBe(2);
      expect(stderr).toContain("eval.trajectories_per_instance");
    }, 60_000);
  },
);
