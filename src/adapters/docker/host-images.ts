import { DeadlineError, withDeadline } from "../../platform/deadline.ts";
import { SandboxError } from "../../platform/errors.ts";
import { createPermits } from "../../platform/permits.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import { type ImageLedger, planEviction } from "../images/image-ledger.ts";
import { normalizeReference, splitReference } from "../images/image-reference.ts";
import type { DockerEngine, ImageFacts, RegistryOffer } from "./docker-engine.ts";
import { agreeOnImage, type ImageIdentity, isExact, isImageId, showImage } from "./image-identity.ts";
import { missingImage, PULL_TIMEOUT_MS, pullImage } from "./pull-image.ts";

/** Unpacking layers is what bounds pulls; more at once make each other slower. */
const PULLS_AT_ONCE = 3;
const TOO_MANY_PULLS = `not there after ${PULL_TIMEOUT_MS / 60_000} minutes behind other pulls`;
const REFUSED_MS = 300_000;
const CONTROL_TIMEOUT_MS = 60_000;

export interface HostImagesOptions {
  readonly engine: DockerEngine;
  /** The engine's architecture as images name it. */
  readonly architecture: string;
  /** Images that swerl pulled to this engine, shared by all runs. */
  readonly ledger: ImageLedger;
  /** Bytes that the images of the ledger may have together. */
  readonly budgetBytes: number;
}

/** An image that stays on its engine until `release`, which is idempotent. */
export interface HeldImage {
  readonly facts: ImageFacts;
  release(): void;
}

/**
 * The images of one engine as this run uses them: each is looked up or pulled once, however many sandboxes wait for it.
 * Of those that swerl pulled, the ones used longest ago make room for new ones; what a live run uses stays. A name has
 * one identity for as long as this object lives; whoever calls sees to that.
 */
export class HostImages {
  readonly #options: HostImagesOptions;
  /** By name, as all that follow. */
  readonly #known = new Map<string, Promise<ImageFacts>>();
  /** Holders of each image. */
  readonly #users = new Map<string, number>();
  readonly #pins = new Map<string, Promise<(() => Promise<void>) | null>>();
  /** Time, on the clock of performance.now, until which a pull that failed is not the first thing to try. */
  readonly #refusedUntil = new Map<string, number>();
  /** Exact references that a registry has for this machine. */
  readonly #offered = new Set<string>();
  readonly #pulls = createPermits(PULLS_AT_ONCE);
  readonly #closing = new AbortController();
  readonly #call: CallOptions = { signal: this.#closing.signal, timeoutMs: CONTROL_TIMEOUT_MS };

  constructor(options: HostImagesOptions) {
    this.#options = options;
  }

  /** On the engine, or on its way there, as far as this run has looked. */
  has(name: string): boolean {
    return this.#known.has(name);
  }

  /** A pull failed lately: another engine may do better. */
  isRefused(name: string): boolean {
    return (this.#refusedUntil.get(name) ?? 0) > performance.now();
  }

  /** What the engine has under a name now; null when nothing. Rejects when that is for another machine. */
  find(name: string, options: CallOptions): Promise<ImageFacts | null> {
    return this.#inspect({ name, reference: name }, options);
  }

  /** What a name means here, else to its registry. Rejects with the reason why it cannot be had. */
  async identify(name: string): Promise<ImageIdentity> {
    const there = await this.find(name, this.#call);
    const digest = there === null ? await this.#askRegistry({ name, reference: name }, this.#call) : null;
    if (digest !== null) return { name, reference: `${name}@${digest}` };
    // A mirror may have what the registry itself does not give: only a pull is proof.
    const facts = there ?? (await this.#pulls.run(() => this.#pull({ name, reference: name }), this.#call.signal));
    return agreeOnImage(name, { host: this.#options.engine.name, facts });
  }

  /** Looks whether the engine has an image it can run, without pulling. */
  async look(image: ImageIdentity, options: CallOptions): Promise<ImageFacts | null> {
    const facts = await this.#inspect(image, options);
    if (facts !== null && !this.has(image.name)) this.#known.set(image.name, Promise.resolve(facts));
    return facts;
  }

  /**
   * Resolves when an image is there or can be had: the registry says so, or a pull shows it. Rejects with the reason
   * why not, SWERL_IMAGE_MISSING or SWERL_IMAGE_ARCHITECTURE.
   */
  async check(image: ImageIdentity, options: CallOptions): Promise<"present" | "remote"> {
    if ((await this.look(image, options)) !== null) return "present";
    if (this.#offered.has(image.reference)) return "remote";
    if (!isImageId(image.reference) && (await this.#askRegistry(image, options)) !== null) return "remote";
    (await this.hold(image, options)).release();
    return "present";
  }

  /** An image, pulled first when it is missing, which takes the time it takes. Rejects with what the registry said. */
  async hold(image: ImageIdentity, options: CallOptions): Promise<HeldImage> {
    const { name } = image;
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) this.#letGo(name);
      isReleased = true;
    };
    try {
      const facts = await withDeadline(options.signal, PULL_TIMEOUT_MS, () => this.#ensure(image, options));
      let pin = this.#pins.get(name);
      if (pin === undefined) {
        pin = this.#options.ledger.pin(facts.Id);
        this.#pins.set(name, pin);
      }
      await pin;
      return { facts, release };
    } catch (error) {
      release();
      if (!(error instanceof DeadlineError)) throw error;
      throw missingImage(this.#options.engine, image.reference, TOO_MANY_PULLS, error);
    }
  }

  /** Call when the engine says that an image is not there after all: the next use looks again. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Ends pulls and lets every image go. */
  async close(): Promise<void> {
    this.#closing.abort(new SandboxError("SWERL_SANDBOX_CLOSED", "the sandbox provider is closed"));
    const pins = [...this.#pins.values()];
    this.#pins.clear();
    await Promise.all(pins.map(async (pin) => (await pin)?.()));
  }

  #ensure(image: ImageIdentity, { timeoutMs }: CallOptions): Promise<ImageFacts> {
    const { name } = image;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // Whoever waits may give up; the pull goes on for the others, until the run ends.
    const call = { ...this.#call, timeoutMs: Math.min(timeoutMs, CONTROL_TIMEOUT_MS) };
    const ensuring = this.#inspect(image, call).then(
      (facts) => facts ?? this.#pulls.run(() => this.#pull(image), this.#call.signal),
    );
    this.#known.set(name, ensuring);
    ensuring.catch(() => {
      this.#known.delete(name);
      this.#refusedUntil.set(name, performance.now() + REFUSED_MS);
    });
    return ensuring;
  }

  async #inspect(image: ImageIdentity, options: CallOptions): Promise<ImageFacts | null> {
    const { engine } = this.#options;
    const facts = await engine.findImage(image.reference, options).catch((error: unknown) => {
      const isMalformed = error instanceof SandboxError && error.code === "SWERL_DOCKER_BAD_REQUEST";
      throw isMalformed ? malformed(image, error) : error;
    });
    if (facts === null || facts.Architecture === this.#options.architecture) return facts;
    throw this.#wrongArchitecture(image, facts.Architecture);
  }

  /** The digest of what a registry has; null when it does not say. Rejects when that is for other machines. */
  async #askRegistry(image: ImageIdentity, options: CallOptions): Promise<string | null> {
    const { engine, architecture } = this.#options;
    let offer: RegistryOffer;
    try {
      offer = await engine.askRegistry(image.reference, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof SandboxError)) throw error;
      return null;
    }
    const platforms = (offer.Platforms ?? []).filter(({ os }) => os !== "" && os !== "unknown");
    if (platforms.length > 0 && platforms.every((platform) => platform.architecture !== architecture)) {
      throw this.#wrongArchitecture(image, platforms.map((platform) => platform.architecture).join(", "));
    }
    const { digest } = offer.Descriptor;
    this.#offered.add(`${image.name}@${digest}`);
    return digest;
  }

  #wrongArchitecture(image: ImageIdentity, offered: string): SandboxError {
    const { engine, architecture } = this.#options;
    return new SandboxError(
      "SWERL_IMAGE_ARCHITECTURE",
      `image ${showImage(image)} is for ${offered}; ${engine.name} runs ${architecture}`,
      { hint: `docker pull --platform linux/${architecture} ${image.name}, or use a host of that architecture` },
    );
  }

  async #pull(image: ImageIdentity): Promise<ImageFacts> {
    const { engine, ledger } = this.#options;
    if (isImageId(image.reference)) throw notPortable(engine, image);
    await pullImage(engine, image.reference, this.#call);
    const facts = await this.#inspect(image, this.#call);
    // The stream can end early without an error: only the image itself is proof.
    if (facts === null) throw missingImage(engine, image.reference, "the pull ended and the image is not there");
    await this.#giveName(image);
    const { Id: digest, Size: bytes } = facts;
    const folder = await ledger.startEntry();
    await ledger.finishEntry(folder, { digest, reference: normalizeReference(image.name), bytes, env: [] });
    await this.#makeRoom(digest);
    return facts;
  }

  /** What is pulled by digest has no name, and `docker image prune` removes it. A name that is taken is left alone. */
  async #giveName({ name, reference }: ImageIdentity): Promise<void> {
    const { engine } = this.#options;
    if (isExact(name) || (await engine.findImage(name, this.#call)) !== null) return;
    const { repository: repo, tag } = splitReference(name);
    await engine.tagImage(reference, { repo, tag: tag ?? "latest" }, this.#call);
  }

  async #makeRoom(keep: string): Promise<void> {
    const { engine, ledger, budgetBytes } = this.#options;
    const used = new Set([...this.#users.keys()].map(normalizeReference));
    const entries = (await ledger.list()).map((entry) => ({
      ...entry,
      isPinned: entry.isPinned || entry.digest === keep || used.has(entry.reference),
    }));
    for (const { digest, reference } of planEviction(entries, budgetBytes)) {
      for (const name of [reference, ...this.#known.keys()]) {
        if (normalizeReference(name) === reference) this.forget(name);
      }
      await ledger.remove(digest, () => engine.removeImage(digest, this.#call));
    }
  }

  #letGo(name: string): void {
    const left = (this.#users.get(name) ?? 1) - 1;
    if (left > 0) return void this.#users.set(name, left);
    this.#users.delete(name);
    const pin = this.#pins.get(name);
    this.#pins.delete(name);
    void pin?.then((unpin) => unpin?.());
  }
}

function malformed(image: ImageIdentity, cause: SandboxError): SandboxError {
  return new SandboxError("SWERL_IMAGE_NAME", `${JSON.stringify(showImage(image))} names no image: ${cause.message}`, {
    hint: "expected [REGISTRY/]NAME[:TAG][@sha256:DIGEST], the name in lower case; mend the image of the task",
    cause,
  });
}

function notPortable(engine: DockerEngine, image: ImageIdentity): SandboxError {
  return new SandboxError(
    "SWERL_IMAGE_MISSING",
    `image ${showImage(image)} is not on ${engine.name}, and it has no digest of a registry to pull it by`,
    { hint: "bring it there (docker save, docker load), or push it to a registry and name it by digest" },
  );
}
