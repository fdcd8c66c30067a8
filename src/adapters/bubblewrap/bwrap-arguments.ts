import type { SandboxSpec } from "../../ports/sandbox.ts";
import type { HostRoot } from "./host-root.ts";
import type { Placed } from "./launcher.ts";

/** Where the dispatcher keeps the output of commands, inside. */
export const DISPATCHER_DIRECTORY = "/run/swerl";
const DISPATCHER_SHELL = "/run/swerl-shell";

/** Files prepared once for all sandboxes; see prepare-state.ts. */
export interface PreparedFiles {
  /** Folder that every sandbox mounts its own tmpfs over, in its own mount namespace. */
  readonly mountpoint: string;
  readonly seccomp: string;
  /** What is /etc inside; see host-etc.ts. */
  readonly etc: string;
  readonly emptyFile: string;
}

export interface BwrapPlan {
  readonly spec: SandboxSpec;
  readonly prepared: PreparedFiles;
  readonly hostRoot: HostRoot;
  /** A bash that can be executed and not read. */
  readonly shell: string;
  readonly dispatcher: readonly string[];
  readonly hasMemoryCgroup: boolean;
  /** See proc-guard.ts; what is closed in /proc. */
  readonly procGuard: readonly string[];
}

/** HOME inside. */
export function homeOf(spec: SandboxSpec): string {
  return spec.rootfs.kind === "host" ? "/home/agent" : "/root";
}

/** Variables every command sees unless the spec says otherwise. */
export function defaultEnvironment(spec: SandboxSpec, hostRoot: HostRoot): Record<string, string> {
  const system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const first = spec.rootfs.kind === "host" ? hostRoot.path : [];
  return { HOME: homeOf(spec), PATH: [...first, ...system].join(":"), LANG: "C.UTF-8", TERM: "dumb" };
}

/** What launch-script.ts puts into the root, beside /dev and the dispatcher's folder. */
export function planRoot(plan: BwrapPlan): Placed[] {
  const { spec, prepared, hostRoot, shell } = plan;
  const host: readonly Placed[] = [
    ["writable", "home", "/home/agent"],
    ...hostRoot.placed,
    ["read-only", prepared.etc, "/etc"],
  ];
  const tree: readonly Placed[] = [["writable", "tree", spec.workdir]];
  const isHost = spec.rootfs.kind === "host";
  return [
    ...(isHost ? host : []),
    ["writable", "tmp", "/tmp"],
    ["read-only", shell, DISPATCHER_SHELL],
    ...(isHost || spec.tree !== null ? tree : []),
  ];
}

/** The arguments of bwrap; launch-script.ts adds what names descriptors. */
export function planBwrap(plan: BwrapPlan): string[] {
  const { spec, dispatcher } = plan;
  return [
    // Of a user namespace it has the launcher's, made for this sandbox: another one inside costs more than a millisecond.
    ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"],
    ["--die-with-parent", "--as-pid-1", "--new-session"],
    ["--cap-drop", "ALL", "--hostname", "sandbox", "--clearenv"],
    ["--dev-bind", "root", "/", "--proc", "/proc", ...plan.procGuard],
    ["--chdir", "/", "--", DISPATCHER_SHELL, ...dispatcher],
    [DISPATCHER_DIRECTORY, spec.workdir],
    [String(Math.ceil(spec.limits.diskBytes / 1024)), String(spec.limits.maxProcesses)],
    // Address space is far more than memory: this only stops what would take the host down where no cgroup does.
    [plan.hasMemoryCgroup ? "unlimited" : String(Math.ceil((spec.limits.memoryBytes * 4) / 1024))],
  ].flat();
}
