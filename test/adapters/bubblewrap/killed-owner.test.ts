import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { afterAll, beforeAll, expect, it } from "vitest";

import { type CompiledScript, compileScript } from "../../fakes/run-in-child.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DISPATCHER = "src/adapters/dispatcher/dispatcher.sh";

let script: CompiledScript;
beforeAll(() => {
  script = compileScript(join(ROOT, "test/fakes/hold-sandboxes-child.ts"));
  copyFileSync(join(ROOT, DISPATCHER), join(script.directory, "out", DISPATCHER));
});
afterAll(() => rm(script.directory, { recursive: true, force: true }));

/** Processes of the host whose command line holds a text. */
async function findProcesses(text: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")));
  return pids.filter((_, index) => lines[index]?.includes(text) && !lines[index]?.includes("hold-sandboxes"));
}

async function countProcesses(text: string): Promise<number> {
  return (await findProcesses(text)).length;
}

it("leaves nothing when swerl is killed, and does not touch another live run", { timeout: 120_000 }, async () => {
  const trees = await Promise.all(["killed", "alive"].map((name) => mkdtemp(join(tmpdir(), `swerl-${name}-`))));
  const children = trees.map((tree, index) => script.spawn([tree, "3", `swerl-held-${index}-${process.pid}`]));
  try {
    await Promise.all(children.map((child) => once(child.stdout as NodeJS.ReadableStream, "data")));
    const held = (index: number): Promise<number> => countProcesses(`swerl-held-${index}-${process.pid}\0`);
    expect(await Promise.all([held(0), held(1)])).toEqual([6, 6]);
    children[0]?.kill("SIGKILL");
    for (let waited = 0; (await held(0)) > 0 && waited < 200; waited += 1) await delay(50);
    expect(await Promise.all([held(0), held(1), countProcesses(trees[0] as string)])).toEqual([0, 6, 0]);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(trees.map((folder) => rm(folder, { recursive: true, force: true })));
  }
});

it("what swerl's own parent had open went on into every sandbox", { timeout: 60_000 }, async () => {
  const tree = await mkdtemp(join(tmpdir(), "swerl-inherited-"));
  const secret = join(tree, "open-in-the-parent");
  const name = `swerl-inherited-${process.pid}`;
  // Node closes for its children what it inherits up to the first gap, so not this one.
  const words = ["-c", 'exec 200>"$0"; exec "$@"', secret, process.execPath, script.path, tree, "1", name];
  const child = spawn("bash", words, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const held = await findProcesses(`${name}\0`);
    const open = held.map(async (pid) =>
      Promise.all((await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`))),
    );
    expect(held.length).toBe(2);
    expect((await Promise.all(open)).flat()).not.toContain(secret);
  } finally {
    child.kill("SIGKILL");
    await rm(tree, { recursive: true, force: true });
  }
});
