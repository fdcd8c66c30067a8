import { z } from "zod";

import { SandboxError } from "../../platform/errors.ts";
import { archiveError } from "./archive-error.ts";
import type { StagedArchive } from "./stage-archive.ts";

const dockerManifestSchema = z
  .array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }))
  .min(1);
const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hex digits");
const platformSchema = z.object({ architecture: z.string(), os: z.string() }).optional();
const indexSchema = z.object({
  manifests: z.array(
    z.object({
      digest: digestSchema,
      mediaType: z.string().optional(),
      platform: platformSchema,
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const ociManifestSchema = z.object({
  config: z.object({ digest: digestSchema }),
  layers: z.array(z.object({ digest: digestSchema })),
});
const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z.object({ Env: z.array(z.string()).nullish() }).nullish(),
  rootfs: z.object({ diff_ids: z.array(digestSchema) }),
});

/** One image of an archive. */
export interface ArchivedImage {
  /** `sha256:` of the config, which Docker calls the image ID: it names the content of every layer. */
  readonly digest: string;
  readonly architecture: string;
  /** `NAME=value` lines. */
  readonly env: readonly string[];
  /** From the lowest up: where the layer lies in the archive and the digest of its tar. */
  readonly layers: readonly { readonly name: string; readonly diffId: string }[];
  /** Names that the archive gives the image. */
  readonly references: readonly string[];
}

/** Architectures as OCI spells them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", ppc64: "ppc64le" };

/** This host's architecture as images name it. */
export function hostArchitecture(): string {
  return ARCHITECTURES[process.arch] ?? process.arch;
}

/** Reads what an archive says it holds. Rejects with InputError, or SandboxError for another architecture. */
export async function readManifest(archive: StagedArchive): Promise<ArchivedImage> {
  const found = archive.has("manifest.json") ? await readDockerManifest(archive) : await readOciManifest(archive);
  const odd = found.references.find((name) => /[\s\p{Cc}]/u.test(name));
  if (odd !== undefined) throw archiveError(`the archive gives its image the name ${JSON.stringify(odd)}`);
  const config = await archive.readJson(found.config, configSchema);
  if (config.os !== "linux" || config.architecture !== hostArchitecture()) {
    throw wrongArchitecture(found.references[0] ?? "the image", `${config.os}/${config.architecture}`);
  }
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== found.layers.length) {
    throw archiveError(`the manifest has ${found.layers.length} layers, the config ${diffIds.length}`);
  }
  return {
    digest: `sha256:${archive.sha256Of(found.config)}`,
    architecture: config.architecture,
    env: config.config?.Env ?? [],
    layers: found.layers.map((name, index) => ({ name, diffId: diffIds[index] as string })),
    references: found.references,
  };
}

interface Manifest {
  readonly config: string;
  readonly layers: readonly string[];
  readonly references: readonly string[];
}

async function readDockerManifest(archive: StagedArchive): Promise<Manifest> {
  const images = await archive.readJson("manifest.json", dockerManifestSchema);
  const [image] = images;
  if (image === undefined || images.length > 1) {
    const names = images.map(({ RepoTags: tags }) => tags?.[0] ?? "(no name)").join(", ");
    throw archiveError(`the archive holds ${images.length} images (${names}); expected one`);
  }
  return { config: image.Config, layers: image.Layers, references: image.RepoTags ?? [] };
}

async function readOciManifest(archive: StagedArchive): Promise<Manifest> {
  if (!archive.has("index.json")) throw archiveError("the archive has neither manifest.json nor index.json");
  let { manifests } = await archive.readJson("index.json", indexSchema);
  const references: string[] = [];
  // An index may point at an index of platforms.
  for (let depth = 0; depth < 4; depth += 1) {
    const chosen = chooseManifest(manifests);
    const { "io.containerd.image.name": full, "org.opencontainers.image.ref.name": short } = chosen.annotations ?? {};
    references.push(...[full, short].filter((name) => name !== undefined));
    const name = blobName(archive, chosen.digest);
    if (!/(index|manifest\.list)/.test(chosen.mediaType ?? "")) {
      const manifest = await archive.readJson(name, ociManifestSchema);
      const blobs = [manifest.config, ...manifest.layers].map(({ digest }) => blobName(archive, digest));
      return { config: blobs[0] as string, layers: blobs.slice(1), references: references.slice(0, 1) };
    }
    ({ manifests } = await archive.readJson(name, indexSchema));
  }
  throw archiveError("index.json points at an index more than four times over");
}

type IndexEntry = z.infer<typeof indexSchema>["manifests"][number];

function chooseManifest(manifests: readonly IndexEntry[]): IndexEntry {
  // Attestations lie beside the images, with the platform unknown/unknown.
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  const fitting = images.filter(
    ({ platform }) =>
      platform === undefined || (platform.os === "linux" && platform.architecture === hostArchitecture()),
  );
  const [chosen] = fitting;
  if (chosen !== undefined && fitting.length === 1) return chosen;
  if (images.length === 0) throw archiveError("the archive holds no image");
  if (chosen !== undefined) throw archiveError(`the archive holds ${fitting.length} images; expected one`);
  const offered = images.map(({ platform }) => `${platform?.os}/${platform?.architecture}`).join(", ");
  throw wrongArchitecture("the image", offered);
}

function blobName(archive: StagedArchive, digest: string): string {
  const hex = digest.slice("sha256:".length);
  const name = `blobs/sha256/${hex}`;
  if (archive.sha256Of(name) !== hex) throw archiveError(`the content of ${name} has another digest`);
  return name;
}

function wrongArchitecture(what: string, offered: string): SandboxError {
  const wanted = `linux/${hostArchitecture()}`;
  return new SandboxError("SWERL_IMAGE_ARCHITECTURE", `${what} is for ${offered}; this machine runs ${wanted}`, {
    hint: `use the image for ${wanted}, or a Docker host of the image's architecture`,
  });
}
