import { countDown, DeadlineError, sleep, withDeadline } from "../../platform/deadline.ts";
import { InputError, SandboxError } from "../../platform/errors.ts";
import type { CallOptions, CheckedImage, Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { checkFolder } from "../dispatcher/check-folder.ts";
import type { DockerHost } from "./docker-host.ts";
import type { DockerSandbox } from "./docker-sandbox.ts";
import { isDrained } from "./drained-hosts.ts";
import { agreeOnImage, type ImageIdentity, isExact } from "./image-identity.ts";
import { rankHosts } from "./place-sandbox.ts";
import { WarmPool } from "./warm-pool.ts";

const WARM_TIMEOUT_MS = 120_000;
const MAX_WARM = 32;
/** Longest wait between two looks at hosts that take no work. */
const LOOK_AGAIN_MS = 500;
const UNBOUNDED = Number.POSITIVE_INFINITY;

export interface DockerPoolOptions {
  /** Folder of the marks of drained hosts. */
  readonly stateDirectory: string;
  /** Time a host has to answer a probe. */
  readonly answerTimeoutMs: number;
  /** Exact references of names that were looked up before; the pool goes on with these images. */
  readonly images: Readonly<Record<string, string>>;
}

/**
 * Docker hosts as one provider. A sandbox goes to the host that has its image and is least busy; when a host fails, to
 * the next. A host that fails is left alone for a while, then probed, and taken back when it answers. While no host
 * takes work, opens wait, up to their deadline. What a lost host ran is lost and is run again elsewhere by its caller.
 * A name of an image is looked up once and then means the same image on every host.
 */
export class DockerPool implements SandboxProvider {
  readonly name = "docker";
  readonly #hosts: readonly DockerHost[];
  readonly #options: DockerPoolOptions;
  readonly #warm = new WarmPool<DockerSandbox>(MAX_WARM);
  /** What names of images mean, found or being found. */
  readonly #identities = new Map<string, Promise<ImageIdentity | null>>();
  /** Images that every host was asked for. */
  readonly #looked = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(hosts: readonly DockerHost[], options: DockerPoolOptions) {
    this.#hosts = hosts;
    this.#options = options;
    for (const [name, reference] of Object.entries(options.images)) {
      this.#identities.set(name, Promise.resolve({ name, reference }));
    }
  }

  /** Rejects with SandboxError when no host answers. */
  async connect(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.probe(this.#probeCall())));
    if (this.#hosts.every(({ breaker }) => !breaker.isClosed)) throw this.#noHost();
  }

  async open(spec: SandboxSpec, options: CallOptions): Promise<Sandbox> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const left = countDown(options.timeoutMs);
    const take = (): Promise<DockerSandbox | null> => this.#warm.take(JSON.stringify(spec));
    const close = (late: DockerSandbox | null): void => void late?.close();
    const warm = await withDeadline(signal, left(), take, close).catch(nullIfLate);
    return warm ?? this.#openCold(spec, { signal, timeoutMs: left() });
  }

  warm(spec: SandboxSpec, count: number): void {
    const options = { signal: this.#closing.signal, timeoutMs: WARM_TIMEOUT_MS };
    this.#warm.add(JSON.stringify(spec), count, () => this.#openCold(spec, options));
  }

  prefetch(images: readonly string[]): void {
    const options = { signal: this.#closing.signal, timeoutMs: WARM_TIMEOUT_MS };
    for (const image of images) {
      // The open that needs the image reports why it cannot be had.
      this.#place(image, options, UNBOUNDED, (host, identity) => host.fetch(identity, options)).catch(() => undefined);
    }
  }

  checkImage(image: string, options: CallOptions): Promise<CheckedImage> {
    return this.#place(image, options, UNBOUNDED, async (host, identity, left) => ({
      where: await host.check(identity, { ...options, ...left }),
      exact: identity.reference,
    }));
  }

  async close(): Promise<void> {
    this.#closing.abort(new SandboxError("SWERL_SANDBOX_CLOSED", "the sandbox provider is closed"));
    await this.#warm.close();
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  async #openCold(spec: SandboxSpec, options: CallOptions): Promise<DockerSandbox> {
    const { rootfs } = spec;
    if (rootfs.kind !== "image") {
      throw new InputError("SWERL_SANDBOX_NEEDS_IMAGE", "a docker sandbox needs an image", {
        hint: "use the bubblewrap sandbox for tasks without one",
      });
    }
    if (spec.tree !== null) await checkFolder(spec.tree);
    return this.#place(rootfs.reference, options, options.timeoutMs, (host, identity, left) =>
      host.open({ ...spec, rootfs }, identity, { ...options, ...left }),
    );
  }

  /**
   * Does something with an image on the host that suits best; waits while no host takes work. To find out what its name
   * means may take a pull, which goes on for others when this caller gives up.
   */
  async #place<T>(
    image: string,
    options: CallOptions,
    identifyTimeoutMs: number,
    work: (host: DockerHost, identity: ImageIdentity, left: { readonly timeoutMs: number }) => Promise<T>,
  ): Promise<T> {
    const left = countDown(options.timeoutMs);
    const isTimeUp = (): boolean => left() <= LOOK_AGAIN_MS;
    for (;;) {
      options.signal.throwIfAborted();
      for (const { breaker, probe } of this.#quarantined()) if (breaker.waitMs === 0) void probe();
      try {
        const identity = await withDeadline(options.signal, identifyTimeoutMs, () => this.#identify(image));
        if (identity !== null) {
          await this.#look(identity, { ...options, timeoutMs: left() });
          const done = await this.#tryHosts(image, options.signal, (host) =>
            work(host, identity, { timeoutMs: left() }),
          );
          if (done !== null) return done.value;
        }
      } catch (error) {
        options.signal.throwIfAborted();
        if (error instanceof DeadlineError) throw this.#late(image, options);
        // Every host that takes work has refused: its own reason says more than that none is left.
        const isFinal = isTimeUp() || this.#rank(image).length > 0;
        if (!(error instanceof SandboxError) || !isWorthAnotherHost(error) || isFinal) throw error;
      }
      if (isTimeUp()) throw this.#noHost();
      await sleep(LOOK_AGAIN_MS, options.signal);
    }
  }

  #late(image: string, { timeoutMs }: CallOptions): SandboxError {
    return new SandboxError("SWERL_DOCKER_TIMEOUT", `no Docker host said in ${timeoutMs} ms what ${image} is`);
  }

  /** What a name means for as long as the pool lives; null while no host takes work. */
  #identify(name: string): Promise<ImageIdentity | null> {
    const known = this.#identities.get(name);
    if (known !== undefined) return known;
    const identifying = this.#findIdentity(name);
    this.#identities.set(name, identifying);
    identifying.then(
      (identity) => identity ?? this.#identities.delete(name),
      () => this.#identities.delete(name),
    );
    return identifying;
  }

  async #findIdentity(name: string): Promise<ImageIdentity | null> {
    if (isExact(name)) return { name, reference: name };
    const answers = await Promise.all(this.#rank(name).map((host) => host.find(name, this.#probeCall())));
    const [first, ...others] = answers.filter((found) => found !== null);
    if (first !== undefined) return agreeOnImage(name, first, others);
    const done = await this.#tryHosts(name, this.#closing.signal, (host) => host.identify(name));
    return done?.value ?? null;
  }

  /**
   * Does something on the best host for an image, and on the next when the host fails or cannot have the image; null
   * when no host takes work. Rejects with the reason of the first when all refuse.
   */
  async #tryHosts<T>(
    image: string,
    signal: AbortSignal,
    work: (host: DockerHost) => Promise<T>,
  ): Promise<{ readonly value: T } | null> {
    let refusal: SandboxError | null = null;
    const tried = new Set<DockerHost>();
    const next = (): DockerHost | undefined => this.#rank(image).find((host) => !tried.has(host));
    // Loads change while a host is tried, so the next one is chosen then.
    for (let host = next(); host !== undefined; host = next()) {
      tried.add(host);
      try {
        return { value: await work(host) };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SandboxError) || !isWorthAnotherHost(error)) throw error;
        refusal ??= error;
      }
    }
    if (refusal !== null) throw refusal;
    return null;
  }

  #rank(image: string): DockerHost[] {
    const loads = this.#hosts.flatMap((host) => {
      const load = isDrained(this.#options.stateDirectory, host.name) ? null : host.loadFor(image);
      return load === null ? [] : [{ ...load, host }];
    });
    return rankHosts(loads, image).map(({ host }) => host);
  }

  #quarantined(): { readonly breaker: DockerHost["breaker"]; readonly probe: () => Promise<void> }[] {
    return this.#hosts
      .filter(({ breaker }) => !breaker.isClosed)
      .map((host) => ({ breaker: host.breaker, probe: () => host.probe(this.#probeCall()) }));
  }

  /** Asks every host once whether it has the image; placing goes on without a host that is slow to say. */
  async #look(image: ImageIdentity, options: CallOptions): Promise<void> {
    const { name } = image;
    if (this.#hosts.length === 1 || this.#looked.has(name)) return void (await this.#looked.get(name));
    const looking = Promise.all(this.#hosts.map((host) => host.look(image, this.#probeCall())));
    this.#looked.set(name, looking);
    await withDeadline(options.signal, options.timeoutMs, () => looking).catch((error: unknown) => {
      options.signal.throwIfAborted();
      if (!(error instanceof DeadlineError)) throw error;
    });
  }

  #probeCall(): CallOptions {
    return { signal: this.#closing.signal, timeoutMs: this.#options.answerTimeoutMs };
  }

  #noHost(): SandboxError {
    const reasons = this.#hosts.map(({ name, breaker }) =>
      breaker.lastError === null ? `${name}: drained` : `${name}: ${breaker.lastError.message}`,
    );
    const [only] = this.#hosts;
    const error = only?.breaker.lastError;
    if (this.#hosts.length === 1 && error instanceof SandboxError) return error;
    return new SandboxError("SWERL_DOCKER_NO_HOST", `no Docker host takes work\n${reasons.join("\n")}`, {
      hint: "start one of them, or take a drained one back: swerl hosts return HOST",
    });
  }
}

/** Another host may do better: this one fails, or cannot have the image. */
function isWorthAnotherHost({ code }: SandboxError): boolean {
  return /^SWERL_(DOCKER_|IMAGE_|DISK_FULL|SANDBOX_LOST|SANDBOX_START_FAILED)/.test(code);
}

function nullIfLate(error: unknown): null {
  if (error instanceof DeadlineError) return null;
  throw error;
}
