import type { SandboxSpec } from "../../ports/sandbox.ts";
import type { HostRoot } from "./host-root.ts";

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

/** The arguments of bwrap. Relative sources are folders of launch-script.ts, which adds what names descriptors. */
export function planBwrap(plan: BwrapPlan): string[] {
  const { spec, prepared, hostRoot, shell, dispatcher } = plan;
  const isHost = spec.rootfs.kind === "host";
  const hasTree = isHost || spec.tree !== null;
  return [
    ["--unshare-all", "--unshare-user", "--die-with-parent", "--as-pid-1", "--new-session"],
    ["--cap-drop", "ALL", "--hostname", "sandbox", "--clearenv"],
    isHost ? hostArguments(prepared, hostRoot) : ["--bind", "root", "/"],
    ["--bind", "tmp", "/tmp", "--bind", "run", DISPATCHER_DIRECTORY],
    ["--ro-bind", shell, DISPATCHER_SHELL],
    hasTree ? ["--bind", "tree", spec.workdir] : [],
    ["--dev-bind", "dev", "/dev", "--remount-ro", "/dev", "--proc", "/proc"],
    plan.procGuard,
    isHost ? ["--remount-ro", "/"] : [],
    ["--chdir", "/", "--", DISPATCHER_SHELL, ...dispatcher],
    [DISPATCHER_DIRECTORY, spec.workdir],
    [String(Math.ceil(spec.limits.diskBytes / 1024)), String(spec.limits.maxProcesses)],
    // Address space is far more than memory: this only stops what would take the host down where no cgroup does.
    [plan.hasMemoryCgroup ? "unlimited" : String(Math.ceil((spec.limits.memoryBytes * 4) / 1024))],
  ].flat();
}

function hostArguments(prepared: PreparedFiles, hostRoot: HostRoot): string[] {
  return [
    ["--bind", "home", "/home/agent"],
    hostRoot.arguments,
    ["--ro-bind", prepared.etc, "/etc", "--dir", "/var/tmp"],
  ].flat();
}
