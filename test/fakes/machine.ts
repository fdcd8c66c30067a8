import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** What this machine can run; each constant is null, or the reason why the tests that need it are skipped. */
export const withoutTrainer = existsSync("trainer/.venv/bin/python") ? null : "no trainer/.venv: run ./scripts/setup";

export const withoutBase = existsSync("checkpoints/base/model.safetensors") ? null : "no checkpoints/base";

export const withoutVllm = existsSync(".cache/vllm/bin/vllm") ? null : "no vLLM: run ./scripts/install-vllm";

export const withoutBubblewrap = canRun("bwrap", ["--ro-bind", "/", "/", "--unshare-user", "true"])
  ? null
  : "bubblewrap is missing or may not make namespaces here";

/** Small disks of their own for tests, in a namespace that ends with them. */
export const withoutMounts = canRun("unshare", "--user --map-root-user --mount mount -t tmpfs none /mnt".split(" "))
  ? null
  : "no namespace to mount a small disk in";

/** The reasons that hold, as a suffix for the name of a suite; empty when it can run. */
export function skipReason(...reasons: readonly (string | null)[]): string {
  return reasons.filter((reason) => reason !== null).join("; ");
}

/** Absolute paths, because the commands run in folders of their own. */
export const BASE_MODEL = resolve("checkpoints/base");
export const TRAINER_PYTHON = resolve("trainer/.venv/bin/python");
export const DEMO_CONFIG = resolve("configs/demo.yaml");

function canRun(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    // Missing or refused: either way the tests cannot use it.
    return false;
  }
}
