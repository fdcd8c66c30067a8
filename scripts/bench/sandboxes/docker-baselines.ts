import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import Docker from "dockerode";

import { percentile, timeEach, timeTogether } from "./measure.ts";

const run = promisify(execFile);

export interface DockerBaselines {
  readonly docker_start_p50_ms: number;
  readonly docker_starts_per_s: number;
  readonly docker_exec_p50_ms: number;
}

/** What peers do: `docker run` a sleeping container, then `docker exec` each command. */
export async function benchDocker(
  image: string,
  effort: { starts: number; starts8: number; execs: number },
): Promise<DockerBaselines> {
  const docker = new Docker();
  const startOnce = async (): Promise<string> => {
    const args = ["run", "-d", "--network", "none", image, "sleep", "1000"];
    const id = (await run("docker", args)).stdout.trim();
    await run("docker", ["exec", id, "true"]);
    return id;
  };
  const ids: string[] = [];
  try {
    const starts = await timeEach(effort.starts, async () => ids.push(await startOnce()));
    const { perSecond } = await timeTogether(effort.starts8, 8, async () => ids.push(await startOnce()));
    const container = docker.getContainer(ids[0] as string);
    const execs = await timeEach(effort.execs, async () => {
      const exec = await container.exec({ Cmd: ["true"], AttachStdout: true, AttachStderr: true });
      const stream = await exec.start({ hijack: true, stdin: false });
      stream.resume();
      await new Promise((resolve) => stream.on("end", resolve));
      await exec.inspect();
    });
    return {
      docker_start_p50_ms: percentile(starts, 0.5),
      docker_starts_per_s: perSecond,
      docker_exec_p50_ms: percentile(execs, 0.5),
    };
  } finally {
    await Promise.all(ids.map((id) => docker.getContainer(id).remove({ force: true, v: true })));
  }
}

/** `execute` of mini-swe-agent's docker environment; null when the package cannot be installed here. */
export async function benchMiniSweAgent(image: string, count: number): Promise<number | null> {
  const environment = join(process.cwd(), ".cache/bench/mini-swe-agent");
  const python = join(environment, "bin/python");
  try {
    await access(join(environment, "installed"));
  } catch {
    try {
      await run("python3", ["-m", "venv", environment]);
      await run(python, ["-m", "pip", "install", "--quiet", "mini-swe-agent"], { timeout: 180_000 });
      await run("touch", [join(environment, "installed")]);
    } catch (error) {
      process.stderr.write(`mini-swe-agent could not be installed: ${String(error).slice(0, 200)}\n`);
      return null;
    }
  }
  const script = `
import json, time
from minisweagent.environments.docker import DockerEnvironment
environment = DockerEnvironment(image=${JSON.stringify(image)}, cwd="/", pull_timeout=5)
times = []
try:
    for _ in range(${count}):
        started = time.perf_counter()
        try:
            environment.execute({"command": "true"})
        except (TypeError, AttributeError):
            environment.execute("true")
        times.append((time.perf_counter() - started) * 1000)
finally:
    environment.cleanup()
print(json.dumps(times))
`;
  const env = { ...process.env, MSWEA_SILENT_STARTUP: "1", HOME: environment };
  const { stdout } = await run(python, ["-c", script], { timeout: 120_000, env });
  return percentile(JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as number[], 0.5);
}
