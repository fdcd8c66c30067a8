import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { SandboxError } from "../../platform/errors.ts";
import { checkAlive, readOwnIdentity } from "../../platform/process-identity.ts";

interface Limits {
  readonly memoryBytes: number;
  readonly maxProcesses: number;
}

/** Bounds on memory and processes that the kernel enforces on all processes of a sandbox together. */
export interface CgroupLease {
  /**
   * Where a process enters: `tasks` files of v1, for a process to write itself into, or a folder of v2, to be born in.
   * Both spare it the lock that the kernel takes to move another process, or itself in v2, for 15 ms and more.
   */
  readonly entries: readonly string[];
  /** To be called before code of the sandbox runs: what is counted until then is not its own. */
  begin(): void;
  /**
   * Whether the kernel may have killed processes of the group because they filled its memory; true where no group
   * tells. A kill of the host's own OOM killer does not count.
   */
  mayHaveRunOutOfMemory(): boolean;
  /** Gives the cgroup back once every process in it has ended. */
  release(): void;
}

/**
 * Cgroups of one process of swerl, below a folder `swerl` of each writable hierarchy (v1 memory and pids, or v2).
 * They are used again by later sandboxes: the kernel frees a memory cgroup only long after its removal.
 */
export class Cgroups {
  /** Folders below which groups are made; empty where nothing is writable, and then only rlimits hold. */
  readonly roots: readonly string[];
  readonly #free: string[] = [];
  /** By name: the limits that were set last. */
  readonly #made = new Map<string, string>();
  readonly #prefix: string;

  constructor(roots: readonly string[], prefix: string) {
    this.roots = roots;
    this.#prefix = prefix;
  }

  /** Rejects with SandboxError when no group can be had. */
  async lease(limits: Limits): Promise<CgroupLease> {
    if (this.roots.length === 0)
      return { entries: [], begin: () => {}, mayHaveRunOutOfMemory: () => true, release: () => {} };
    const used = this.#free.pop();
    const isReady = used !== undefined && (await this.#limit(used, limits).then(isTrue, isFalse));
    // It stays for an equal lease: a group takes no limit below what the kernel still counts for its last sandbox.
    if (used !== undefined && !isReady) this.#free.unshift(used);
    const name = isReady ? used : await this.#make(limits);
    let before: KillCounts | null = null;
    return {
      entries: this.roots.map((root) => (isV2(root) ? join(root, name) : join(root, name, "tasks"))),
      begin: () => {
        before = this.#countKills(name);
      },
      mayHaveRunOutOfMemory: () => {
        const now = this.#countKills(name);
        return before === null || now === null || (now.kills > before.kills && now.limits > before.limits);
      },
      release: () => this.#free.push(name),
    };
  }

  /** Removes the groups. One that is still busy stays for the sweep of a later run. */
  async close(): Promise<void> {
    const folders = [...this.#made.keys()].flatMap((name) => this.roots.map((root) => join(root, name)));
    this.#made.clear();
    await Promise.all(folders.map((folder) => rmdir(folder).catch(() => undefined)));
    this.#free.length = 0;
  }

  async #make(limits: Limits): Promise<string> {
    const name = `${this.#prefix}-${this.#made.size}`;
    this.#made.set(name, "");
    try {
      await Promise.all(this.roots.map((root) => mkdir(join(root, name), { recursive: true })));
      await this.#limit(name, limits);
    } catch (cause) {
      throw new SandboxError("SWERL_SANDBOX_START_FAILED", `no cgroup for a sandbox: ${(cause as Error).message}`, {
        hint: "run `swerl doctor`; it checks the cgroups",
        cause,
      });
    }
    return name;
  }

  #countKills(name: string): KillCounts | null {
    for (const root of this.roots) {
      const counts = countKills(join(root, name));
      if (counts !== null) return counts;
    }
    return null;
  }

  async #limit(name: string, limits: Limits): Promise<void> {
    const wanted = `${limits.memoryBytes} ${limits.maxProcesses}`;
    if (this.#made.get(name) === wanted) return;
    this.#made.set(name, "");
    await Promise.all(this.roots.map((root) => setLimits(join(root, name), limits)));
    this.#made.set(name, wanted);
  }
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;

/** Opens what is writable, after removing groups left by processes that are gone. */
export async function openCgroups(): Promise<Cgroups> {
  const roots: string[] = [];
  for (const root of findRoots()) if (await isUsable(root)) roots.push(root);
  await Promise.all((await findDeadGroups()).map(removeGroup));
  const { pid, start_time: start, pid_namespace: namespace } = readOwnIdentity();
  return new Cgroups(roots, `${pid}-${start ?? "0"}-${inodeOf(namespace)}`);
}

/** True when a process can be moved into a group made there and the limits can be set. */
async function isUsable(root: string): Promise<boolean> {
  const probe = join(root, `probe-${process.pid}`);
  try {
    await mkdir(root, { recursive: true });
    if (isV2(root)) {
      await writeFile("/sys/fs/cgroup/cgroup.subtree_control", "+memory +pids");
      await writeFile(join(root, "cgroup.subtree_control"), "+memory +pids");
    }
    await mkdir(probe);
    await setLimits(probe, { memoryBytes: 1 << 28, maxProcesses: 16 });
    await promisify(execFile)("/bin/sh", ["-c", 'echo $$ >"$1/cgroup.procs"', "sh", probe], { timeout: 10_000 });
    return true;
  } catch {
    // Not ours to write: rlimits alone hold, which checkBubblewrap reports.
    return false;
  } finally {
    await rmdir(probe).catch(() => undefined);
  }
}

function isV2(root: string): boolean {
  return existsSync(join(root, "cgroup.subtree_control"));
}

async function setLimits(folder: string, limits: Limits): Promise<void> {
  const memory = String(limits.memoryBytes);
  const settings: Record<string, string> = {
    "memory.limit_in_bytes": memory,
    "memory.max": memory,
    "memory.swap.max": "0",
    "pids.max": String(limits.maxProcesses),
  };
  for (const [file, value] of Object.entries(settings)) {
    const path = join(folder, file);
    if (existsSync(path)) await writeFile(path, value);
  }
}

/** Counters of a memory cgroup that only rise. */
interface KillCounts {
  /** Processes that an OOM killer ended, the group's or the host's. */
  readonly kills: number;
  /** Times that the group met its own limit. */
  readonly limits: number;
}

/** null when the folder is of no memory hierarchy, or of a kernel that does not count. */
function countKills(folder: string): KillCounts | null {
  const isOfV2 = existsSync(join(folder, "memory.events"));
  const [events, limits] = isOfV2 ? ["memory.events", "memory.events"] : ["memory.oom_control", "memory.failcnt"];
  try {
    const kills = /^oom_kill (\d+)$/m.exec(readFileSync(join(folder, events), "utf8"))?.[1];
    const met = /^(?:oom )?(\d+)$/m.exec(readFileSync(join(folder, limits), "utf8"))?.[1];
    return kills === undefined || met === undefined ? null : { kills: Number(kills), limits: Number(met) };
  } catch {
    return null;
  }
}

/**
 * Folders of groups whose process, named by pid, start time and pid namespace, no longer runs. Those of another pid
 * namespace stay: containers may share the hierarchy, and pids say nothing across them.
 */
export async function findDeadGroups(): Promise<string[]> {
  const own = readOwnIdentity();
  const dead: string[] = [];
  for (const root of findRoots()) {
    // The folder is made by the first run that may.
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const [, pid, start, namespace] = /^(\d+)-(\d+)-(\d+)-\d+$/.exec(basename(entry.name)) ?? [];
      if (!entry.isDirectory() || pid === undefined || start === undefined) continue;
      if (namespace !== inodeOf(own.pid_namespace)) continue;
      // The hierarchy does not outlive a boot.
      if (checkAlive({ ...own, pid: Number(pid), start_time: start }, own) === "dead")
        dead.push(join(root, entry.name));
    }
  }
  return dead;
}

/** False when a process in it still ends; a later sweep finds it again. */
export async function removeGroup(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

function findRoots(): readonly string[] {
  return existsSync("/sys/fs/cgroup/cgroup.controllers")
    ? ["/sys/fs/cgroup/swerl"]
    : ["/sys/fs/cgroup/memory/swerl", "/sys/fs/cgroup/pids/swerl"];
}

/** The number in `pid:[4026531836]`, 0 where it is unknown. */
function inodeOf(namespace: string | null): string {
  return /\d+/.exec(namespace ?? "")?.[0] ?? "0";
}
