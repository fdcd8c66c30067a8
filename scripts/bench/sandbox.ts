import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

import { createBubblewrapProvider } from "../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import { createDockerProvider } from "../../src/adapters/docker/docker-provider.ts";
import type { Sandbox, SandboxSpec } from "../../src/ports/sandbox.ts";
import { benchProvider, call } from "./sandboxes/bench-provider.ts";
import { benchDocker, benchMiniSweAgent } from "./sandboxes/docker-baselines.ts";
import { sandboxMemory, takeFootprint } from "./sandboxes/leaks.ts";
import { percentile, round, timeEach, timeTogether } from "./sandboxes/measure.ts";

const IMAGE = "swerl-test:1";
const MIB = 1024 * 1024;

type Figures = Record<string, number | null>;

const { values: flags } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
const scale = flags.quick === true ? 1 : 4;
const folder = await mkdtemp(join(tmpdir(), "swerl-bench-"));
const tree = join(folder, "tree");
const figures: Figures = {};

await makeTree();
await benchBubblewrap();
await benchDockerSandboxes();
await benchKill();
if (flags.quick !== true) {
  await benchMany();
  await benchSoak();
}
await rm(folder, { recursive: true });
if (flags.json === true) process.stdout.write(`${JSON.stringify(figures)}\n`);

function specFor(rootfs: SandboxSpec["rootfs"]): SandboxSpec {
  const limits = { memoryBytes: 512 * MIB, maxProcesses: 128, diskBytes: 256 * MIB };
  return { rootfs, tree, workdir: "/testbed", env: {}, limits };
}

async function benchBubblewrap(): Promise<void> {
  const provider = await createBubblewrapProvider();
  const effort = {
    starts: 50 * scale,
    starts8: 160 * scale,
    commands: 300 * scale,
    commands32: 2_000 * scale,
    recoveries: 10,
  };
  const found = await benchProvider(provider, specFor({ kind: "host" }), effort);
  await provider.close();
  show("bwrap_start_p50_ms", found.startP50);
  show("bwrap_start_p95_ms", found.startP95);
  show("bwrap_starts_per_s", found.startsPerSecond);
  show("bwrap_command_p50_ms", found.commandP50);
  show("bwrap_commands_per_s", found.commandsPerSecond);
  show("timeout_recovery_p95_ms", percentile(found.recoveries, 0.95));
}

async function benchDockerSandboxes(): Promise<void> {
  const names = [
    "docker_start_p50_ms",
    "docker_starts_per_s",
    "docker_adapter_start_p50_ms",
    "docker_warm_start_p50_ms",
  ];
  const more = ["docker_command_p50_ms", "docker_commands_per_s", "docker_exec_p50_ms", "mini_swe_agent_exec_p50_ms"];
  const missing = await promisify(execFile)("docker", ["image", "inspect", IMAGE]).then(
    () => null,
    (error: unknown) => String(error),
  );
  if (missing !== null) {
    process.stderr.write(`no Docker figures: scripts/start-docker and scripts/make-test-image first (${missing})\n`);
    for (const name of [...names, ...more]) show(name, null);
    return;
  }
  const baselines = await benchDocker(IMAGE, { starts: 4 * scale, starts8: 16 * scale, execs: 15 * scale });
  for (const [name, value] of Object.entries(baselines)) show(name, value);
  const provider = await createDockerProvider();
  const effort = {
    starts: 4 * scale,
    starts8: 16 * scale,
    commands: 200 * scale,
    commands32: 2_000 * scale,
    recoveries: 3,
  };
  const spec = specFor({ kind: "image", reference: IMAGE });
  const found = await benchProvider(provider, spec, effort);
  const warmStarts = 8 * scale;
  provider.warm?.(spec, warmStarts);
  await delay(Math.min(30_000, warmStarts * found.startP50));
  const warm = await timeEach(warmStarts, async () => (await provider.open(spec, call)).run("true", call));
  await provider.close();
  show("docker_warm_start_p50_ms", percentile(warm, 0.5));
  show("docker_adapter_start_p50_ms", found.startP50);
  show("docker_adapter_starts_per_s", found.startsPerSecond);
  show("docker_command_p50_ms", found.commandP50);
  show("docker_commands_per_s", found.commandsPerSecond);
  show("mini_swe_agent_exec_p50_ms", await benchMiniSweAgent(IMAGE, 10 * scale));
}

/** kill -9 of a process with 32 live sandboxes: what is left 10 seconds later at most. */
async function benchKill(): Promise<void> {
  const before = await takeFootprint();
  const child = spawn(process.execPath, [
    fileURLToPath(new URL("sandboxes/hold-sandboxes.js", import.meta.url)),
    tree,
    "32",
  ]);
  await once(child.stdout, "data");
  const during = await takeFootprint();
  child.kill("SIGKILL");
  const killed = performance.now();
  let left = during.processes - before.processes;
  while (left > 0 && performance.now() - killed < 10_000) {
    await delay(50);
    const now = await takeFootprint();
    left = now.processes - before.processes + now.mounts - before.mounts;
  }
  show("kill9_left_behind", left);
  show("kill9_cleanup_ms", round(performance.now() - killed));
}

/** 500 open at once, each running a command. */
async function benchMany(): Promise<void> {
  const provider = await createBubblewrapProvider();
  const sandboxes: Sandbox[] = [];
  let errors = 0;
  await timeTogether(500, 16, async () => sandboxes.push(await provider.open(specFor({ kind: "host" }), call)));
  const results = await Promise.all(sandboxes.map((sandbox) => sandbox.run("echo ready", call)));
  errors += results.filter((result) => result.stdout.text !== "ready\n").length;
  show("bwrap_500_errors", errors);
  show("bwrap_mb_each", round((await sandboxMemory()) / 500));
  await provider.close();
}

/** 10,000 lifecycles at concurrency 32. */
async function benchSoak(): Promise<void> {
  const provider = await createBubblewrapProvider();
  const spec = specFor({ kind: "host" });
  const lifecycle = async (): Promise<void> => {
    const sandbox = await provider.open(spec, call);
    await sandbox.run("echo x > written; sleep 100 &", call);
    await sandbox.extractChanges(call);
    await sandbox.close();
  };
  await timeTogether(64, 32, lifecycle);
  const before = await takeFootprint();
  const { times } = await timeTogether(10_000, 32, lifecycle);
  const after = await takeFootprint();
  const leaks = (["processes", "mounts", "descriptors"] as const).map((kind) =>
    Math.max(0, after[kind] - before[kind]),
  );
  show(
    "soak_leaks",
    leaks.reduce((sum, count) => sum + count, 0),
  );
  show("soak_slowdown", round(percentile(times.slice(-500), 0.5) / percentile(times.slice(0, 500), 0.5)));
  await provider.close();
}

function show(name: string, value: number | null): void {
  figures[name] = value;
  process.stdout.write(`${name.padEnd(32)} ${value ?? "-"}\n`);
}

async function makeTree(): Promise<void> {
  await mkdir(join(tree, "package"), { recursive: true });
  for (let index = 0; index < 20; index += 1) {
    await writeFile(join(tree, `package/module_${index}.py`), `VALUE = ${index}\n`.repeat(100));
  }
}
