import type { TaskInstance } from "../domain/task-instance.ts";
import { SandboxBrokenError, SandboxError } from "../platform/errors.ts";
import { createPermits } from "../platform/permits.ts";
import type { SandboxProvider } from "../ports/sandbox.ts";
import type { TaskSource } from "../ports/task-source.ts";

export interface CheckImagesOptions {
  readonly instances: readonly TaskInstance[];
  readonly tasks: Pick<TaskSource, "prepare">;
  readonly sandboxes: SandboxProvider;
  readonly signal: AbortSignal;
}

const CHECKS_AT_ONCE = 4;
const TIMEOUT_MS = 120_000;
/** Images that are opened; of more, the rest is only looked for. */
const MAX_OPENED = 64;
const MAX_SHOWN = 20;

/**
 * Makes sure, before anything is sampled, that the images of a run can be opened: each is there or a registry has it for
 * this machine, and what is there has bash and git. Rejects with one SandboxError that names every image at fault.
 * Resolves to what the names of images mean, exactly, where the sandboxes know.
 */
export async function checkImages(options: CheckImagesOptions): Promise<Record<string, string>> {
  const { sandboxes, signal } = options;
  const firstOf = new Map<string | null, TaskInstance>();
  for (const instance of options.instances) {
    if (!firstOf.has(instance.image)) firstOf.set(instance.image, instance);
  }
  const permits = createPermits(CHECKS_AT_ONCE);
  const failures: { readonly image: string | null; readonly error: SandboxError }[] = [];
  const exact: Record<string, string> = {};
  let opened = 0;
  const check = async (instance: TaskInstance): Promise<void> => {
    const { image } = instance;
    try {
      const call = { signal, timeoutMs: TIMEOUT_MS };
      const checked = image === null ? null : ((await sandboxes.checkImage?.(image, call)) ?? null);
      if (checked?.where !== "remote" && opened++ < MAX_OPENED) await openOnce(instance, options);
      if (image !== null && checked !== null) exact[image] = checked.exact;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SandboxError)) throw error;
      failures.push({ image, error });
    }
  };
  await Promise.all([...firstOf.values()].map((instance) => permits.run(() => check(instance), signal)));
  const [first] = failures;
  if (first === undefined) return exact;
  if (failures.length === 1) throw first.error;
  const shown = failures.slice(0, MAX_SHOWN).map(({ error }) => `${error.code}: ${error.message.split("\n")[0]}`);
  const more = failures.length > MAX_SHOWN ? [`and ${failures.length - MAX_SHOWN} more`] : [];
  const hints = new Set(failures.map(({ error }) => error.hint?.replace(/\S*[:/]\S+/g, "IMAGE")));
  throw new SandboxError(
    "SWERL_IMAGES_UNUSABLE",
    [`${failures.length} of ${firstOf.size} images cannot be used`, ...shown, ...more].join("\n"),
    hints.size === 1 && first.error.hint !== undefined ? { hint: first.error.hint } : {},
  );
}

/** Opens a sandbox of the instance and looks for git, which every grading and the agent need. */
async function openOnce(instance: TaskInstance, { tasks, sandboxes, signal }: CheckImagesOptions): Promise<void> {
  const call = { signal, timeoutMs: TIMEOUT_MS };
  const sandbox = await sandboxes.open(await tasks.prepare(instance, signal), call);
  try {
    const { exit_code: code } = await sandbox.run("command -v git", call);
    if (code === 0) return;
    const where = instance.image === null ? "this machine" : `image ${instance.image}`;
    throw new SandboxError("SWERL_IMAGE_NO_GIT", `${where} has no git`, {
      hint: "install git in the image; the grader applies patches with it",
    });
  } catch (error) {
    if (!(error instanceof SandboxBrokenError)) throw error;
    throw new SandboxError("SWERL_SANDBOX_START_FAILED", `a sandbox of ${instance.instance_id} ended at once`, {
      cause: error,
    });
  } finally {
    await sandbox.close();
  }
}
