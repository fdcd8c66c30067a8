import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { playAttack } from "../../scripts/bench/attacks/play-attack.ts";
import { createBubblewrapProvider } from "../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import { createDockerProvider } from "../../src/adapters/docker/docker-provider.ts";
import { createTaskRepoSource } from "../../src/adapters/tasks/task-repo-source.ts";
import { findTestImage } from "../adapters/docker/find-test-image.ts";
import { skipReason, withoutBubblewrap } from "../fakes/machine.ts";

const signal = new AbortController().signal;
const scratch = mkdtempSync(join(tmpdir(), "swerl-scripted-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const found = await findTestImage();
const image = "image" in found ? found.image : null;
const withoutSources = existsSync("tasks/pypi/sources") ? null : "no tasks/pypi/sources: scripts/fetch-pypi-sources";

const places = [
  { name: "bubblewrap", create: createBubblewrapProvider, image: null, missing: withoutBubblewrap },
  { name: "docker", create: createDockerProvider, image, missing: "missing" in found ? found.missing : null },
];
const tasks = [
  { directory: "tasks/starter", pick: "starter__pennybook-12", missing: null },
  { directory: "tasks/pypi", pick: "inflection-0.5.1-001", missing: withoutSources },
];

for (const place of places) {
  for (const task of tasks) {
    const reason = skipReason(place.missing, task.missing);
    describe.skipIf(reason !== "")(`a scripted policy on ${task.pick} in ${place.name} ${reason}`, () => {
      it("is paid for the fix and not for a wrong one", { timeout: 300_000 }, async () => {
        const source = createTaskRepoSource({ directory: task.directory, cacheDirectory: join(scratch, "trees") });
        const chosen = source.instances.find((one) => one.instance_id === task.pick)!;
        const instance = { ...chosen, image: place.image };
        const spec = await source.prepare(instance, signal);
        const sandboxes = await place.create();
        const play = (...steps: string[]) =>
          playAttack(
            { id: "C00", title: "", runner: "pytest", steps, raw: false, slow: false, honest: true },
            { instance, spec },
            sandboxes,
            signal,
          );
        try {
          const applied = `git apply - <<'END_OF_PATCH'\n${instance.gold_patch}END_OF_PATCH`;
          const right = await play("git log --oneline", applied);
          expect(right).toMatchObject({ exitStatus: "submitted", verdict: { outcome: "resolved" } });
          const wrong = await play("printf '\\n# looked at it\\n' >> README.md; ls");
          expect(wrong.modelPatch).not.toBe("");
          expect(wrong).toMatchObject({
            exitStatus: "submitted",
            verdict: { outcome: "unresolved", reason: "tests_failed" },
          });
        } finally {
          await sandboxes.close();
        }
      });
    });
  }
}
