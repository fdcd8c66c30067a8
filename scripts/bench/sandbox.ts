import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";

import { createBubblewrapProvider } from "../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import { createDockerProvider } from "../../src/adapters/docker/docker-provider.ts";
import type { SandboxSpec } from "../../src/ports/sandbox.ts";
import { benchBombs, benchKill, benchMany, benchSoak } from "./sandboxes/bench-crowds.ts";
import { benchProvider, call } from "./sandboxes/bench-provider.ts";
import { benchDocker, benchMiniSweAgent } from "./sandboxes/docker-baselines.ts";
import { percentile, timeEach } from "./sandboxes/measure.ts";

const IMAGE = "swerl-test:1";
const MIB = 1024 * 1024;

type Figures = Record<string, number | null>;

const { values: flags } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
const scale = flags.quick === true ? 1 : 4;
const folder = await mkdtemp(join(tmpdir(), "swerl-bench-"));
const tree = join(folder, "tree");
const state = join(folder, "state");
const figures: Figures = {};

await makeTree();
await benchBubblewrap();
await benchDockerSandboxes();
const kill = await benchKill(folder, tree);
show("kill9_left_behind", kill.left);
show("kill9_cleanup_ms", kill.cleanupMs);
show("kill9_other_run_lost", kill.otherRunLost);
if (flags.quick !== true) await benchCrowds();
await rm(folder, { recursive: true });
if (flags.json === true) process.stdout.write(`${JSON.stringify(figures)}\n`);

function specFor(rootfs: SandboxSpec["rootfs"]): SandboxSpec {
  const limits = { memoryBytes: 512 * MIB, maxProcesses: 128, diskBytes: 256 * MIB };
  return { rootfs, tree, workdir: "/testbed", env: {}, limits };
}

async function benchBubblewrap(): Promise<void> {
  const provider = await createBubblewrapProvider({ stateDirectory: state });
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
  show("bwrap_new_shell_p50_ms", found.newShellP50);
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
  const more = [
    "docker_command_p50_ms",
    "docker_new_shell_p50_ms",
    "docker_commands_per_s",
    "docker_exec_p50_ms",
    "mini_swe_agent_exec_p50_ms",
  ];
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
  show("docker_new_shell_p50_ms", found.newShellP50);
  show("docker_commands_per_s", found.commandsPerSecond);
  show("mini_swe_agent_exec_p50_ms", await benchMiniSweAgent(IMAGE, 10 * scale));
}

async function benchCrowds(): Promise<void> {
  const spec = specFor({ kind: "host" });
  const many = await benchMany(spec, state, 500);
  show("bwrap_500_errors", many.errors);
  show("bwrap_mb_each", many.megabytesEach);
  show("bombs_host_answer_max_ms", await benchBombs(spec, state));
  const provider = await createBubblewrapProvider({ stateDirectory: state });
  const soak = await benchSoak(provider, spec, state, 10_000);
  await provider.close();
  show("soak_leaks", soak.leaks);
  show("soak_slowdown", soak.slowdown);
  if (figures["docker_warm_start_p50_ms"] === null) return;
  // Of a daemon that starts 5 a second, fewer: it is the engine that is timed here, and our leaks that are counted.
  const docker = await createDockerProvider();
  const containers = await benchSoak(docker, specFor({ kind: "image", reference: IMAGE }), state, 200);
  await docker.close();
  show("docker_soak_leaks", containers.leaks);
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
