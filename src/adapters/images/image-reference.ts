/**
 * One spelling for the many of an image's name: Docker Hub's host and `library/` left out, `:latest` written.
 * `ubuntu`, `docker.io/ubuntu` and `docker.io/library/ubuntu:latest` are one image; a digest stays as it is.
 */
export function normalizeReference(reference: string): string {
  const short = reference
    .trim()
    .replace(/^(?:index\.)?docker\.io\//, "")
    .replace(/^library\//, "");
  if (short.includes("@") || /^sha256:[0-9a-f]{64}$/.test(short)) return short;
  return short.slice(short.lastIndexOf("/") + 1).includes(":") ? short : `${short}:latest`;
}

/** An image's name in its parts: `ghcr.io/a/b:1@sha256:…` is of the repository `ghcr.io/a/b`. */
export interface ReferenceParts {
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

export function splitReference(reference: string): ReferenceParts {
  const [named = "", digest = null] = reference.split("@", 2);
  // A colon before the last slash is a registry's port.
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return colon === -1
    ? { repository: named, tag: null, digest }
    : { repository: named.slice(0, colon), tag: named.slice(colon + 1), digest };
}
