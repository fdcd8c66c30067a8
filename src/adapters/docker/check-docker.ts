import { isShort, renderFree } from "../../platform/disk-space.ts";
import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import type { SandboxFinding } from "../dispatcher/sandbox-finding.ts";
import { FREE_DATA_ROOT, openDataRoot } from "./data-root.ts";
import { DockerEngine, type DockerEndpoint, type DockerFacts } from "./docker-engine.ts";

/** First runc versions without the container escapes of CVE-2025-31133, 52565 and 52881. */
const SAFE_RUNC = [
  [1, 2, 8],
  [1, 3, 3],
] as const;

/** What a run with Docker sandboxes needs of an engine, each with its fix. Never rejects but with the abort reason. */
export async function checkDocker(options: CallOptions, endpoint: DockerEndpoint = {}): Promise<SandboxFinding[]> {
  const engine = new DockerEngine(endpoint);
  try {
    const version = await engine.version(options);
    const facts = await engine.info(options);
    return [
      { name: "docker engine", ok: true, detail: `${version.Version} (API ${version.ApiVersion}) at ${engine.name}` },
      checkLimits(facts),
      await checkStorage(engine, facts),
      checkRunc(version.Components?.find(({ Name }) => Name === "runc")?.Version ?? ""),
    ];
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return [{ name: "docker engine", ok: false, detail: error.message, ...fix }];
  }
}

function checkLimits(facts: DockerFacts): SandboxFinding {
  const missing = [
    ...(facts.MemoryLimit ? [] : ["memory"]),
    ...(facts.PidsLimit ? [] : ["processes"]),
    ...(facts.SwapLimit ? [] : ["swap"]),
  ];
  const detail = `cgroup v${facts.CgroupVersion ?? "?"}, ${facts.CgroupDriver}`;
  if (missing.length === 0) return { name: "docker limits", ok: true, detail };
  return {
    name: "docker limits",
    ok: missing.every((name) => name === "swap"),
    detail: `${detail}; cannot limit ${missing.join(" and ")}`,
    fix: "boot the engine's host with cgroup_enable=memory swapaccount=1",
  };
}

async function checkStorage(engine: DockerEngine, facts: DockerFacts): Promise<SandboxFinding> {
  const disk = await (await openDataRoot(engine, facts))();
  const detail = `${facts.Driver} at ${facts.DockerRootDir}${disk === null ? "" : `: ${renderFree(disk)}`}`;
  const finding = { name: "docker storage", detail };
  if (facts.Driver === "vfs") {
    return { ...finding, ok: false, fix: "use overlay2: vfs copies the whole image for every sandbox" };
  }
  return disk !== null && isShort(disk) ? { ...finding, ok: false, fix: FREE_DATA_ROOT } : { ...finding, ok: true };
}

/** A distribution may have mended an old version number, so an old one only advises. */
function checkRunc(version: string): SandboxFinding {
  const [major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const isNewer = major > 1 || (major === 1 && minor > 3);
  const isSafe = isNewer || SAFE_RUNC.some(([one, two, three]) => major === one && minor === two && patch >= three);
  const finding = { name: "runc", ok: true, detail: version === "" ? "version unknown" : version };
  return isSafe ? finding : { ...finding, fix: "use runc 1.2.8, 1.3.3 or newer, or one your distribution has patched" };
}
