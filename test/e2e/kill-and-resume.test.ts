import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readRun } from "../../src/adapters/files/read-run.ts";
import { loadQwenChatTokenizer } from "../../src/adapters/tokenizer/qwen-chat-tokenizer.ts";
import { createRandom } from "../../src/domain/random.ts";
import type { FakeHttpServer } from "../fakes/http-server.ts";
import { BASE_MODEL, DEMO_CONFIG, skipReason, withoutBase, withoutBubblewrap } from "../fakes/machine.ts";
import { startScriptedPolicy } from "../fakes/scripted-policy-server.ts";
import { buildSwerl, runSwerl, signalSwerlAt } from "../fakes/swerl-process.ts";

const reason = skipReason(withoutBubblewrap, withoutBase);
const TURNS = ["Look.\n```command\nopen core.py\n```", "Done.\n```command\nsubmit\n```"];
const KILLS = 10;

describe.skipIf(reason !== "")(
  `a run that is stopped at any moment (${reason || "bubblewrap, a scripted policy"})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "swerl-kill-"));
    let server: FakeHttpServer;

    beforeAll(async () => {
      buildSwerl();
      server = await startScriptedPolicy(await loadQwenChatTokenizer(BASE_MODEL), TURNS, 20);
      const made = await runSwerl(
        ["tasks", "drill", "--out", "drill", "--train", "16", "--dev", "1", "--test", "1"],
        folder,
      );
      expect(made.code).toBe(0);
    }, 120_000);
    afterAll(async () => {
      await server?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const rollout = (run: string): string[] => [
      "rollout",
      "-c",
      DEMO_CONFIG,
      "--json",
      ...[
        "tasks.path=drill",
        "tasks.split=train",
        "rollout.group_size=8",
        "policy.kind=openai",
        `policy.base_url=${server.url}/v1`,
        "policy.model=scripted",
        `policy.tokenizer=${BASE_MODEL}`,
        "run.max_concurrency=8",
        `run.directory=runs/${run}`,
      ].flatMap((set) => ["--set", set]),
    ];

    async function readPlaces(run: string): Promise<string[]> {
      const ends = (await readRun(join(folder, "runs", run))).filter((event) => event.type === "trajectory-end");
      return ends.map(({ trajectory }) => `${trajectory.group_id}#${trajectory.group_index}`);
    }

    it("has every trajectory exactly once after ten SIGKILLs", async () => {
      const random = createRandom("kill moments");
      for (let kill = 0; kill < KILLS; kill += 1) {
        const code = await signalSwerlAt(rollout("killed"), folder, "SIGKILL", 1 + random.integer(10));
        expect(code).toBe(null);
      }
      const found = await readPlaces("killed");
      expect(found.length).toBeGreaterThanOrEqual(KILLS);
      expect(found.length).toBeLessThan(128);
      const last = await runSwerl(rollout("killed"), folder);
      expect(last.stderr).not.toContain("error[");
      const places = await readPlaces("killed");
      expect(places).toHaveLength(128);
      expect(new Set(places).size).toBe(128);
      expect(places.slice(0, found.length)).toEqual(found);
    }, 240_000);

    it("ends with 130 on ctrl-C, and the same command goes on", async () => {
      expect(await signalSwerlAt(rollout("interrupted"), folder, "SIGINT", 5)).toBe(130);
      expect((await runSwerl(rollout("interrupted"), folder)).code).toBe(0);
      const places = await readPlaces("interrupted");
      expect(new Set(places).size).toBe(places.length);
      expect(places).toHaveLength(128);
    }, 120_000);
  },
);
