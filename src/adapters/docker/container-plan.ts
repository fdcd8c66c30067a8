import type { ContainerCreateOptions } from "dockerode";

import type { SandboxSpec } from "../../ports/sandbox.ts";
import { renderSeccompProfile } from "./seccomp-profile.ts";

/** Where the dispatcher keeps the output of commands, inside. */
export const DISPATCHER_DIRECTORY = "/run/swerl";
const OUTPUT_BYTES = 256 * 1024 * 1024;

/** What root inside keeps: enough to install, chown and end processes, nothing that reaches the host. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];

/** Docker's own lists and what they lack. */
const HIDDEN =
  "/proc/acpi /proc/asound /proc/kcore /proc/keys /proc/kmsg /proc/kpagecgroup /proc/kpagecount /proc/kpageflags /proc/latency_stats /proc/mtrr /proc/pagetypeinfo /proc/scsi /proc/sched_debug /proc/slabinfo /proc/timer_list /proc/timer_stats /proc/vmallocinfo /sys/firmware /sys/devices/virtual/powercap".split(
    " ",
  );
/**
 * Process 1's memory, which what runs beside it as the same user could write. Its descriptors cannot be hidden: runc
 * needs them after it has hidden the rest.
 */
const MEMORY = ["/proc/1/mem", "/proc/1/task/1/mem"];
const READ_ONLY = "/proc/bus /proc/fs /proc/irq /proc/pressure /proc/sys /proc/sysrq-trigger /sys/fs/cgroup".split(" ");

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly spec: SandboxSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly dispatcher: readonly string[];
  /** A runtime of the engine, `runsc` say; undefined for its default. */
  readonly runtime: string | undefined;
}

/** Files, folders and links of a sandbox that may write so many bytes: each takes an inode, and the small ones a block. */
export function maxFiles(diskBytes: number): number {
  return 16_384 + Math.floor(diskBytes / 4_096);
}

/**
 * A container whose process 1 is the dispatcher, attached before it starts: no exec, and nothing inside can end it.
 * /tmp is in memory with the disk quota as its size; other writes are bounded for each file, and their sum by DiskWatch,
 * because overlay2 has no quota on most file systems.
 */
export function planContainer(plan: ContainerPlan): ContainerCreateOptions {
  const { limits, workdir } = plan.spec;
  return {
    name: plan.name,
    Image: plan.image,
    Entrypoint: ["/bin/bash"],
    Cmd: [
      ...plan.dispatcher,
      DISPATCHER_DIRECTORY,
      workdir,
      String(Math.ceil(limits.diskBytes / 1024)),
      String(limits.maxProcesses),
      "unlimited",
    ],
    Env: [],
    User: "0:0",
    WorkingDir: "/",
    Hostname: "sandbox",
    Labels: { ...plan.labels },
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: "none",
      Init: false,
      AutoRemove: false,
      Privileged: false,
      Binds: [],
      Devices: [],
      CapDrop: ["ALL"],
      CapAdd: [...CAPABILITIES],
      SecurityOpt: ["no-new-privileges", `seccomp=${renderSeccompProfile()}`],
      PidsLimit: limits.maxProcesses + 4,
      Memory: limits.memoryBytes + limits.diskBytes,
      MemorySwap: limits.memoryBytes + limits.diskBytes,
      ShmSize: 64 * 1024 * 1024,
      OomScoreAdj: 500,
      IpcMode: "private",
      MaskedPaths: [...HIDDEN, ...MEMORY],
      ReadonlyPaths: READ_ONLY,
      LogConfig: { Type: "none", Config: {} },
      Ulimits: [{ Name: "core", Soft: 0, Hard: 0 }],
      Tmpfs: {
        "/tmp": `rw,exec,nosuid,nodev,mode=1777,size=${limits.diskBytes},nr_inodes=${maxFiles(limits.diskBytes)}`,
        [DISPATCHER_DIRECTORY]: `rw,noexec,nosuid,nodev,mode=0700,size=${OUTPUT_BYTES},nr_inodes=8192`,
      },
      ...(plan.runtime === undefined ? {} : { Runtime: plan.runtime }),
    },
  };
}
