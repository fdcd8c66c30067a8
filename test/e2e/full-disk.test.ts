import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { runEventSchema } from "../../src/domain/run-event.ts";
import { startChatServer } from "../fakes/chat-server.ts";
import type { FakeHttpServer } from "../fakes/http-server.ts";
import { skipReason, withoutBubblewrap, withoutMounts } from "../fakes/machine.ts";
import { buildSwerl } from "../fakes/swerl-process.ts";

const reason = skipReason(withoutBubblewrap, withoutMounts);
const TRAJECTORIES = 24;

describe.skipIf(reason !== "")(`a disk that is really full ${reason}`, { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "swerl-full-"));
  const full = join(folder, "full");
  let server: FakeHttpServer;
  /** Called at every request of the policy. */
  let onRequest: () => void = () => undefined;
  beforeAll(async () => {
    buildSwerl();
    mkdirSync(full);
    server = await startChatServer(({ turn }) => {
      onRequest();
      return turn === 0 ? "Look.\n```command\nls\n```" : "Done.\n```command\nsubmit\n```";
    });
  });
  beforeEach(() => {
    server.requests.length = 0;
    onRequest = () => undefined;
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const swerl = (command: string, ...sets: string[]): string => {
    const all = [
      `tasks.path=${resolve("tasks/starter")}`,
      "tasks.limit=1",
      "policy.kind=chat",
      `policy.base_url=${server.url}/v1`,
      "policy.model=any",
      "sandbox.kind=bubblewrap",
      `eval.trajectories_per_instance=${TRAJECTORIES}`,
      "run.max_concurrency=2",
      ...sets,
    ];
    const flags = all.map((set) => `--set '${set}'`).join(" ");
    return `'${process.execPath}' '${resolve("dist/main.js")}' ${command} ${flags} 2>&1; echo "code $?"`;
  };

  /** Runs a script with a small disk of its own at `full`, which is gone when the script ends. */
  async function onSmallDisk(options: string, script: string): Promise<string> {
    const mount = `mount -t tmpfs -o '${options}' none '${full}' && echo $$ > pid`;
    const shell = ["--user", "--map-root-user", "--mount", "sh", "-c", `${mount}; ${script}`];
    const { stdout } = await promisify(execFile)("unshare", shell, {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      timeout: 100_000,
    });
    return stdout;
  }

  it.each([
    ["the run's folder", "run.directory=full/run", "", "full/run"],
    ["where trees are prepared", `run.directory=${folder}/run`, "cd full; ", "full/.cache/swerl/trees"],
    ["the user's cache", "run.directory=run", "export HOME=$PWD/full; ", "full/.cache/swerl"],
  ])("is named before any model call: %s", async (_name, set, prelude, place) => {
    for (const [options, left] of [
      ["size=1m", "1 MiB and "],
      ["size=300m,nr_inodes=2", " and 1 inodes free"],
    ] as const) {
      const said = await onSmallDisk(options, prelude + swerl("eval", set));
      // The other disks of this machine are none of ours.
      expect(said).toContain("error[SWERL_DISK_FULL]");
      expect(said).toContain(`${folder}/${place}: `);
      expect(said).toContain(left);
      expect(said).toContain("expected at least 256 MiB and 1000 inodes");
      expect(said).toMatch(/^fix: free some space there/m);
      expect(said).toMatch(/^code 3$/m);
      expect(said.split("\n").length).toBeLessThan(12);
      expect(existsSync(join(folder, "run"))).toBe(false);
    }
    expect(server.requests).toEqual([]);
  });

  it("is named by the doctor, which goes on with the rest", async () => {
    const said = await onSmallDisk("size=1m", `export TMPDIR=$PWD/full; ${swerl("doctor")}`);
    expect(said).toContain(`failed  disk              ${full}: 1 MiB`);
    expect(said).toMatch(/^ok {6}policy/m);
    expect(said).toMatch(/^code 3$/m);
  });

  it("is emptied by gc, which needs no room for it", async () => {
    const digest = "a".repeat(64);
    const image = `.cache/swerl/images/sha256-${digest}`;
    const record = JSON.stringify({ digest: `sha256:${digest}`, reference: "old:1", bytes: 9e6, env: [] });
    const script = [
      `export HOME='${full}' DOCKER_HOST=unix:///nowhere; cd full; mkdir -p ${image}/pins ${image}/rootfs`,
      `echo '${record}' > ${image}/image.json; head -c 9000000 /dev/zero > ${image}/rootfs/big`,
      "(yes | head -c 20000000 > filler) 2> /dev/null",
      swerl("gc", "sandbox.image_cache_gb=0"),
      "ls .cache/swerl/images",
    ];
    const said = await onSmallDisk("size=10m", script.join("; "));
    expect(said).toContain("removed image old:1");
    expect(said).toMatch(/code \d\n$/);
  });

  it("stops a run that it meets in the middle, and the same command goes on", async () => {
    let requests = 0;
    onRequest = () => {
      requests += 1;
      if (requests === 10)
        fill(join("/proc", readFileSync(join(folder, "pid"), "utf8").trim(), "root", full, "filler"));
    };
    const command = swerl("eval", "run.directory=full/run");
    const keep = "cp full/run/journal/events.jsonl";
    const script = `${command}; ${keep} first; echo AGAIN; ${command}; rm full/filler; echo FREED; ${command}; ${keep} last`;
    const said = await onSmallDisk("size=300m", script);
    const [first, again, freed] = said.split(/AGAIN|FREED/) as [string, string, string];
    for (const stopped of [first, again]) {
      expect(stopped).toContain("error[SWERL_DISK_FULL]");
      expect(stopped).toContain(`${full}/run: 0 MiB and `);
      expect(stopped).toMatch(/^fix: free some space there/m);
      expect(stopped).toMatch(/^code 3$/m);
    }
    expect(first).toContain("full/run/journal/events.jsonl");
    expect(freed).toMatch(/^code 0$/m);
    const before = readFileSync(join(folder, "first"), "utf8");
    const after = readFileSync(join(folder, "last"), "utf8");
    expect(after.startsWith(before.slice(0, before.lastIndexOf("\n") + 1))).toBe(true);
    const places = after
      .trim()
      .split("\n")
      .map((line) => runEventSchema.parse(JSON.parse(line).d))
      .flatMap((event) => (event.type === "trajectory-end" ? [event.trajectory.group_index] : []));
    expect(places.sort((one, other) => one - other)).toEqual(Array.from({ length: TRAJECTORIES }, (_, index) => index));
  });
});

/** Writes until nothing more can be written. */
function fill(file: string): void {
  const chunk = Buffer.alloc(1024 * 1024);
  for (let size = chunk.length; size >= 1; size >>= 1) {
    try {
      for (;;) appendFileSync(file, chunk.subarray(0, size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}
