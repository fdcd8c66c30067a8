import { loadConfig } from "../config/load-config.ts";
import { InputError } from "../platform/errors.ts";
import { listUnpacked, removeUnpacked, unpackImage } from "../wiring/images.ts";
import type { CommandContext, SharedFlags } from "./command-context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { planRun } from "./plan-run.ts";
import { createProgress } from "./progress.ts";
import { escapeName } from "./terminal-text.ts";

export interface UnpackFlags extends SharedFlags {
  /** Images of Docker or archive files; none = those of the selected task instances. */
  readonly sources: readonly string[];
  /** Another name for the image, of one source. */
  readonly as?: string;
}

/** `swerl images unpack`: root file systems that bubblewrap sandboxes are opened over. */
export async function unpackImages(flags: UnpackFlags, context: CommandContext): Promise<number> {
  const sources = flags.sources.length > 0 ? flags.sources : await readTaskImages(flags);
  if (flags.as !== undefined && sources.length !== 1) {
    throw new InputError("SWERL_USAGE", `--as names one image, and there are ${sources.length}`);
  }
  const config = await loadConfig({ files: flags.config, sets: flags.set, command: "doctor" });
  if (flags.dryRun) {
    context.stdout.write(sources.map((source) => `would unpack ${escapeName(source)}\n`).join(""));
    return EXIT_CODES.ok;
  }
  const progress = createProgress(context.stderr, context);
  progress.start("images", sources.length);
  const rows: ImageRow[] = [];
  for (const source of sources) {
    const image = await unpackImage(config, source, flags.as === undefined ? [] : [flags.as], context.signal);
    rows.push({ source, ...toRow(image) });
    progress.update(rows.length, source);
    if (!flags.json) context.stdout.write(`${image.rootfs}\n`);
  }
  progress.finish();
  if (flags.json) context.stdout.write(`${JSON.stringify({ images: rows })}\n`);
  return EXIT_CODES.ok;
}

/** `swerl images ls`: what is unpacked, the one used longest ago first. */
export async function listImages(flags: { readonly json: boolean }, context: CommandContext): Promise<number> {
  const rows = (await listUnpacked()).map((image) => toRow(image));
  const render = ({ reference, digest, bytes, in_use: inUse }: ImageRow): string =>
    `${digest.slice(7, 19)}  ${(bytes / 1e6).toFixed(0).padStart(6)} MB  ${escapeName(reference)}${inUse ? "  (in use)" : ""}\n`;
  context.stdout.write(flags.json ? `${JSON.stringify({ images: rows })}\n` : rows.map(render).join(""));
  return EXIT_CODES.ok;
}

/** `swerl images rm`: removes unpacked images that no run uses. */
export async function removeImages(
  flags: { readonly images: readonly string[]; readonly json: boolean },
  context: CommandContext,
): Promise<number> {
  const rows = (await removeUnpacked(flags.images)).map((image) => toRow(image));
  context.stdout.write(
    flags.json
      ? `${JSON.stringify({ removed: rows })}\n`
      : rows.map(({ reference }) => `removed ${escapeName(reference)}\n`).join(""),
  );
  return EXIT_CODES.ok;
}

interface ImageRow {
  readonly source?: string;
  readonly reference: string;
  readonly digest: string;
  readonly bytes: number;
  readonly rootfs: string;
  readonly in_use: boolean;
}

function toRow(image: Awaited<ReturnType<typeof listUnpacked>>[number]): ImageRow {
  const { reference, digest, bytes, rootfs, isPinned } = image;
  return { reference, digest, bytes, rootfs, in_use: isPinned };
}

async function readTaskImages(flags: SharedFlags): Promise<string[]> {
  const plan = await planRun(flags, "eval");
  const images = [...new Set(plan.instances.map(({ image }) => image).filter((image) => image !== null))];
  if (images.length > 0) return images;
  throw new InputError("SWERL_NO_IMAGES", `${plan.config.tasks.path}: no selected instance has an image`, {
    hint: "name one: swerl images unpack IMAGE, or a file that docker save wrote",
  });
}
