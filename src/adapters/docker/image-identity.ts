import { SandboxError } from "../../platform/errors.ts";
import { normalizeReference, splitReference } from "../images/image-reference.ts";
import type { ImageFacts } from "./docker-engine.ts";

/** The one image that a name means for as long as a run lives. */
export interface ImageIdentity {
  /** As tasks say it. */
  readonly name: string;
  /** `NAME@sha256:…`, which any host can pull; or the engine's Id of an image that no registry gave. */
  readonly reference: string;
}

/** What a host has under a name. */
export interface FoundImage {
  readonly host: string;
  readonly facts: ImageFacts;
}

const ID = /^sha256:[0-9a-f]{64}$/;

/** An image's Id, which no registry knows. */
export function isImageId(reference: string): boolean {
  return ID.test(reference);
}

/** Means the same image everywhere and for ever. */
export function isExact(reference: string): boolean {
  return isImageId(reference) || splitReference(reference).digest !== null;
}

/**
 * What a name means, by what hosts have under it: a digest of its registry that all of them share, else their common
 * Id. Throws when they have two images under one name: no answer could be trusted that mixes them.
 */
export function agreeOnImage(name: string, first: FoundImage, others: readonly FoundImage[] = []): ImageIdentity {
  const [digest] = listDigests(name, first.facts)
    .filter((known) => others.every(({ facts }) => listDigests(name, facts).includes(known)))
    .toSorted();
  if (digest !== undefined) return { name, reference: `${name}@${digest}` };
  if (others.every(({ facts }) => facts.Id === first.facts.Id)) return { name, reference: first.facts.Id };
  const held = [first, ...others].map(({ host, facts }) => `${listDigests(name, facts)[0] ?? facts.Id} on ${host}`);
  throw new SandboxError(
    "SWERL_IMAGE_AMBIGUOUS",
    `image ${name} is not the same image on every Docker host: ${held.join(", ")}; a run uses one`,
    { hint: `docker pull ${name} on each host, or docker rmi ${name} where it is wrong, or name it by digest` },
  );
}

/** The image as messages call it. */
export function showImage({ name, reference }: ImageIdentity): string {
  return reference.startsWith(name) ? reference : `${name} (${reference})`;
}

/** Digests under which the registry of a name knows an image. */
function listDigests(name: string, { RepoDigests: references }: ImageFacts): string[] {
  const repositoryOf = (reference: string): string => splitReference(normalizeReference(reference)).repository;
  return (references ?? []).flatMap((reference) => {
    const { digest } = splitReference(reference);
    return digest === null || repositoryOf(reference) !== repositoryOf(name) ? [] : [digest];
  });
}
