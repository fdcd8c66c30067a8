import { loadConfig } from "../config/load-config.ts";
import { SandboxError } from "../platform/errors.ts";
import { findGarbage, type Leftover } from "../wiring/collect-garbage.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { escapeName } from "./terminal-text.ts";

/**
 * `swerl gc`: removes what runs that ended left behind: containers, cgroups, scratch folders, images over the budget.
 * Never what a live run uses. Exit code 3 when something would not go.
 */
export async function collectGarbage(flags: SharedFlags, context: CommandContext): Promise<number> {
  const config = await loadConfig({ files: flags.config, sets: flags.set, command: "doctor" });
  const { leftovers, unreachable } = await findGarbage(config, context.signal);
  for (const reason of unreachable) context.stderr.write(`not looked at: ${escapeName(reason)}\n`);
  const rows: { kind: string; name: string; reason: string; removed: boolean }[] = [];
  let refused = 0;
  for (const leftover of leftovers) {
    const { kind, name, reason } = leftover;
    const outcome = flags.dryRun ? "would remove" : await remove(leftover);
    if (outcome !== "would remove" && outcome !== "removed" && outcome !== "in use") refused += 1;
    rows.push({ kind, name, reason, removed: outcome === "removed" });
    if (!flags.json) context.stdout.write(`${outcome} ${kind} ${escapeName(name)} (${reason})\n`);
  }
  if (flags.json) context.stdout.write(`${JSON.stringify({ leftovers: rows, unreachable })}\n`);
  else if (rows.length === 0) context.stdout.write("nothing left behind\n");
  return refused === 0 ? EXIT_CODES.ok : EXIT_CODES.machine;
}

async function remove(leftover: Leftover): Promise<string> {
  try {
    return (await leftover.remove()) ? "removed" : "in use";
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return `could not remove (${error.message})`;
  }
}
