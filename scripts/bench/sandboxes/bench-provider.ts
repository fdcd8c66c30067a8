import type { Sandbox, SandboxProvider, SandboxSpec } from "../../../src/ports/sandbox.ts";
import { percentile, round, timeEach, timeTogether } from "./measure.ts";

export const call = { signal: new AbortController().signal, timeoutMs: 60_000 };

export interface ProviderFigures {
  readonly startP50: number;
  readonly startP95: number;
  readonly startsPerSecond: number;
  readonly commandP50: number;
  /** Of commands that leave something in their shell, so that each has a new one. */
  readonly newShellP50: number;
  readonly commandsPerSecond: number;
  readonly recoveries: readonly number[];
}

export interface Effort {
  readonly starts: number;
  readonly starts8: number;
  readonly commands: number;
  readonly commands32: number;
  readonly recoveries: number;
}

/** Times one provider: start to the first answered command, commands in an open sandbox, recovery from a time-out. */
export async function benchProvider(
  provider: SandboxProvider,
  spec: SandboxSpec,
  effort: Effort,
): Promise<ProviderFigures> {
  const closing: Promise<void>[] = [];
  const startOnce = async (): Promise<void> => {
    const sandbox = await provider.open(spec, call);
    await sandbox.run("true", call);
    closing.push(sandbox.close());
  };
  await startOnce();
  await Promise.all(closing);
  const starts = await timeEach(effort.starts, async () => {
    await startOnce();
    await closing.at(-1);
  });
  const lifecycle = async (): Promise<void> => {
    const sandbox = await provider.open(spec, call);
    await sandbox.run("true", call);
    await sandbox.close();
  };
  const { perSecond: startsPerSecond } = await timeTogether(effort.starts8, 8, lifecycle);
  return {
    startP50: percentile(starts, 0.5),
    startP95: percentile(starts, 0.95),
    startsPerSecond,
    ...(await benchCommands(provider, spec, effort)),
  };
}

async function benchCommands(
  provider: SandboxProvider,
  spec: SandboxSpec,
  effort: Effort,
): Promise<Pick<ProviderFigures, "commandP50" | "newShellP50" | "commandsPerSecond" | "recoveries">> {
  const sandboxes: Sandbox[] = [];
  await timeTogether(32, 4, async () => sandboxes.push(await provider.open(spec, call)));
  const pick = (index: number): Sandbox => sandboxes[index % sandboxes.length] as Sandbox;
  const commands = await timeEach(effort.commands, () => pick(0).run("true", call));
  const newShells = await timeEach(effort.commands, () => pick(0).run("left=1", call));
  const { perSecond } = await timeTogether(effort.commands32, 32, (index) => pick(index).run("true", call));
  const limitMs = 200;
  const recoveries = await timeEach(effort.recoveries, async (index) => {
    const tree = "(setsid sleep 1000 &); setsid bash -c 'sleep 1001 & sleep 1002' & sleep 1003";
    const result = await pick(index).run(tree, { ...call, timeoutMs: limitMs });
    if (result.status !== "timed_out") throw new Error(`the command that should time out ${result.status}`);
    await pick(index).run("true", call);
  });
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  return {
    commandP50: percentile(commands, 0.5),
    newShellP50: percentile(newShells, 0.5),
    commandsPerSecond: perSecond,
    recoveries: recoveries.map((time) => round(time - limitMs)),
  };
}
