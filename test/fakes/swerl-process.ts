import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Builds dist/ when it is older than src/, so that end-to-end tests run what is written now. */
export function buildSwerl(): void {
  const newest = (folder: string): number =>
    Math.max(...readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, String(name))).mtimeMs));
  if (existsSync("dist/main.js") && statSync("dist/main.js").mtimeMs >= newest("src")) return;
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}

/** Runs the command as a person would, in a folder. */
export async function runSwerl(args: readonly string[], cwd: string): Promise<Finished> {
  const child = spawn(process.execPath, [resolve("dist/main.js"), ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, stdout, stderr };
}

/**
 * Runs the command and sends it a signal as soon as its journal has grown by so many trajectories. Resolves to its
 * exit code, null when the signal ended it.
 */
export async function signalSwerlAt(
  args: readonly string[],
  cwd: string,
  signal: "SIGKILL" | "SIGINT",
  trajectories: number,
): Promise<number | null> {
  const directory = args.find((argument) => argument.startsWith("run.directory="))?.slice("run.directory=".length);
  const journal = join(cwd, directory ?? ".", "journal/events.jsonl");
  const count = (): number =>
    existsSync(journal) ? (readFileSync(journal, "utf8").match(/"type":"trajectory-end"/g)?.length ?? 0) : 0;
  const before = count();
  const child = spawn(process.execPath, [resolve("dist/main.js"), ...args], { cwd, stdio: "ignore" });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const watch = setInterval(() => {
    if (count() < before + trajectories) return;
    clearInterval(watch);
    child.kill(signal);
  }, 5);
  const code = await ended;
  clearInterval(watch);
  return code;
}
