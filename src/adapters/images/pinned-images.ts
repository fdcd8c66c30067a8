import { SandboxError } from "../../platform/errors.ts";
import type { SandboxSpec } from "../../ports/sandbox.ts";
import type { ImageStore } from "./image-store.ts";
import { parseEnvironment } from "./parse-environment.ts";

interface Pinned {
  readonly digest: string;
  readonly rootfs: string;
  readonly env: Readonly<Record<string, string>>;
  readonly release: () => Promise<void>;
}

/** The unpacked images that a provider opens sandboxes over: each is kept from its first use until `close`. */
export class PinnedImages {
  readonly #store: ImageStore;
  readonly #exact: Readonly<Record<string, string>>;
  /** A name is looked up once: it means the same image for as long as the provider lives. */
  readonly #pinned = new Map<string, Promise<Pinned>>();

  /** @param exact Digests of names that were looked up by an earlier provider. */
  constructor(store: ImageStore, exact: Readonly<Record<string, string>> = {}) {
    this.#store = store;
    this.#exact = exact;
  }

  /** The digest of the image that a name means. Rejects with SandboxError when it is not unpacked. */
  async identify(reference: string): Promise<string> {
    return (await this.#hold(reference)).digest;
  }

  /** The spec with an image's folder and variables in its place. Rejects with SandboxError when it is not unpacked. */
  async resolve(spec: SandboxSpec): Promise<SandboxSpec> {
    if (spec.rootfs.kind !== "image") return spec;
    const { rootfs, env } = await this.#hold(spec.rootfs.reference);
    return { ...spec, rootfs: { kind: "directory", path: rootfs }, env: { ...env, ...spec.env } };
  }

  async close(): Promise<void> {
    const pinned = await Promise.allSettled(this.#pinned.values());
    this.#pinned.clear();
    await Promise.all(pinned.map((image) => (image.status === "fulfilled" ? image.value.release() : undefined)));
  }

  #hold(name: string): Promise<Pinned> {
    const pinning = this.#pinned.get(name) ?? this.#pin(name);
    this.#pinned.set(name, pinning);
    pinning.catch(() => this.#pinned.delete(name));
    return pinning;
  }

  async #pin(name: string): Promise<Pinned> {
    const reference = this.#exact[name] ?? name;
    const image = await this.#store.find(reference);
    const release = image === null ? null : await this.#store.ledger.pin(image.digest);
    if (image === null || release === null) {
      throw reference === name ? notUnpacked(name) : goneSinceStart(name, reference);
    }
    return { digest: image.digest, rootfs: image.rootfs, env: parseEnvironment(image.env), release };
  }
}

function notUnpacked(name: string): SandboxError {
  return new SandboxError("SWERL_IMAGE_NOT_UNPACKED", `the image ${name} is not unpacked on this host`, {
    hint: `swerl images unpack ${name}, or use the docker sandbox`,
  });
}

function goneSinceStart(name: string, digest: string): SandboxError {
  return new SandboxError(
    "SWERL_IMAGE_NOT_UNPACKED",
    `the image ${name} as it was when the run began, ${digest}, is not unpacked on this host`,
    { hint: "unpack that image again (swerl images unpack), or choose another run folder" },
  );
}
