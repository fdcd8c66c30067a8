import { readdir, readFile, readlink } from "node:fs/promises";

/** What sandboxes could leave behind on the host, as counts. */
export interface Footprint {
  readonly processes: number;
  readonly mounts: number;
  readonly descriptors: number;
}

/** Processes whose command line names one of ours, mounts of ours in any mount namespace, our own descriptors. */
export async function takeFootprint(): Promise<Footprint> {
  let processes = 0;
  const namespaces = new Set<string>();
  let mounts = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, "latin1");
      if (/swerl-shell|swerl\/bubblewrap/.test(command)) processes += 1;
      const namespace = await readlink(`/proc/${pid}/ns/mnt`);
      if (namespaces.has(namespace)) continue;
      namespaces.add(namespace);
      const table = await readFile(`/proc/${pid}/mounts`, "latin1");
      mounts += table.split("\n").filter((line) => line.startsWith("swerl ")).length;
    } catch {
      // It ended while we looked.
    }
  }
  return { processes, mounts, descriptors: (await readdir("/proc/self/fd")).length };
}

/** Resident memory of every process of the sandboxes together, in MB. */
export async function sandboxMemory(): Promise<number> {
  let kilobytes = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, "latin1");
      if (!/swerl-shell|swerl\/bubblewrap/.test(command)) continue;
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "latin1");
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // It ended while we looked.
    }
  }
  return kilobytes / 1024;
}
