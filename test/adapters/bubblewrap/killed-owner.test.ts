import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect, it } from "vitest";

import { compileScript } from "../../fakes/run-in-child.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DISPATCHER = "src/adapters/dispatcher/dispatcher.sh";

/** Command lines of the host that hold a text. */
async function countProcesses(text: string): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")));
  return lines.filter((line) => line.includes(text) && !line.includes("hold-sandboxes")).length;
}

it("leaves nothing when swerl is killed, and does not touch another live run", { timeout: 120_000 }, async () => {
  const script = compileScript(join(ROOT, "test/fakes/hold-sandboxes-child.ts"));
  copyFileSync(join(ROOT, DISPATCHER), join(script.directory, "out", DISPATCHER));
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
    await Promise.all([...trees, script.directory].map((folder) => rm(folder, { recursive: true, force: true })));
  }
});
