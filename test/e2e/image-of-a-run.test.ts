import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readRun } from "../../src/adapters/files/read-run.ts";
import { findTestImage } from "../adapters/docker/find-test-image.ts";
import { startChatServer } from "../fakes/chat-server.ts";
import type { FakeHttpServer } from "../fakes/http-server.ts";
import { packTar } from "../fakes/image-archive.ts";
import { skipReason } from "../fakes/machine.ts";
import { buildSwerl, runSwerl, signalSwerlAt } from "../fakes/swerl-process.ts";

const IDS = ["starter__cronwise-15", "starter__daybook-17", "starter__pennybook-12"];
const found = await findTestImage();
const reason = skipReason("missing" in found ? found.missing : null);
const docker = (args: readonly string[], input?: Buffer): string =>
  execFileSync("docker", args, { encoding: "utf8", stdio: ["pipe", "pipe", "ignore"], input }).trim();

describe.skipIf(reason !== "")(`the image of a run ${reason}`, { timeout: 300_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), "swerl-image-"));
  const name = `${basename(scratch).toLowerCase()}:1`;
  let server: FakeHttpServer;
  beforeAll(async () => {
    buildSwerl();
    cpSync("tasks/starter", join(scratch, "tasks"), { recursive: true });
    for (const id of IDS) {
      const file = join(scratch, "tasks/tasks", id, "task.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace("image: null", `image: "${name}"`));
    }
    server = await startChatServer(({ turn }) =>
      turn === 0 ? "Look.\n```command\nls\n```" : "Done.\n```command\nsubmit\n```",
    );
    if ("image" in found) docker(["tag", found.image, name]);
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    docker(["rmi", name]);
    rmSync(scratch, { recursive: true, force: true });
  });

  const evaluate = (run: string): string[] => [
    "eval",
    "--json",
    ...[
      "policy.kind=chat",
      `policy.base_url=${server.url}/v1`,
      "policy.model=any",
      `tasks.path=${resolve(scratch, "tasks")}`,
      `tasks.task_ids=[${IDS.join(", ")}]`,
      "sandbox.kind=docker",
      "run.max_concurrency=1",
      "eval.trajectories_per_instance=2",
      `run.directory=runs/${run}`,
    ].flatMap((set) => ["--set", set]),
  ];
  const readImages = async (run: string) =>
    (await readRun(join(scratch, "runs", run))).flatMap((event) =>
      event.type === "images-identified" ? [event.images] : [],
    );

  it("stays what it was at the start when the run goes on, whatever its name means by then", async () => {
    const id = docker(["image", "inspect", "--format", "{{.Id}}", name]);
    expect(await signalSwerlAt(evaluate("one"), scratch, "SIGKILL", 1)).toBeNull();
    // An image that no sandbox opens in.
    docker(["import", "-", name], await packTar([{ name: "empty", content: "" }]));
    const resumed = await runSwerl(evaluate("one"), scratch);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await readImages("one")).toEqual([{ [name]: id }]);
    const fresh = await runSwerl(evaluate("two"), scratch);
    expect(fresh.code).not.toBe(0);
    expect(fresh.stderr).toContain("SWERL_IMAGE_NO_BASH");
  });
});
