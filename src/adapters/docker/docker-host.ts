import { randomUUID } from "node:crypto";

import { countDown, DeadlineError, withDeadline } from "../../platform/deadline.ts";
import { SandboxError } from "../../platform/errors.ts";
import { createPermits, type Permits } from "../../platform/permits.ts";
import type { CallOptions, Sandbox, SandboxSpec } from "../../ports/sandbox.ts";
import { parseEnvironment } from "../images/parse-environment.ts";
import { openDataRoot } from "./data-root.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { planContainer } from "./container-plan.ts";
import { describeStartFailure } from "./describe-failure.ts";
import { DiskWatch } from "./disk-watch.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { openPullLedger, toImageArchitecture } from "./engine-facts.ts";
import { type HeldImage, HostImages } from "./host-images.ts";
import type { FoundImage, ImageIdentity } from "./image-identity.ts";
import { createOwnerLabels } from "./owner-labels.ts";
import type { HostLoad } from "./place-sandbox.ts";
import { removeOrphans } from "./remove-orphans.ts";
import type { TreeArchives } from "./tree-archive.ts";

const SWEEP_TIMEOUT_MS = 60_000;
const REMOVE_TIMEOUT_MS = 60_000;
/** What a removal may take on a host that has stopped answering. */
const LAST_TRY_TIMEOUT_MS = 5_000;
/** One call of a start; far less than an open may take, so that another host can be tried within it. */
const CALL_TIMEOUT_MS = 30_000;
/** Failures that say that nothing of use answers at the endpoint. */
const GONE = /^SWERL_DOCKER_(UNREACHABLE|DENIED)$/;
/** Failures that may be the host's rather than the image's or the sandbox's. */
const ILL = /^SWERL_(DOCKER_(TIMEOUT|CONNECTION_LOST|GARBAGE|REFUSED|BAD_REQUEST)|SANDBOX_LOST|DISK_FULL)$/;

export interface DockerHostOptions {
  readonly engine: DockerEngine;
  readonly dispatcher: readonly string[];
  readonly runtime: string | undefined;
  readonly archives: TreeArchives;
  /** Folder of the records of pulled images. */
  readonly stateDirectory: string;
  readonly imageBudgetBytes: number;
}

/** What is known of an engine once it has answered. */
interface Connected {
  readonly cpus: number;
  readonly images: HostImages;
  // Starting and removing wait in lines of their own: a full start line must never hold back a removal.
  readonly starts: Permits;
  readonly removals: Permits;
  readonly disk: DiskWatch;
}

type ImageSpec = SandboxSpec & { readonly rootfs: { readonly kind: "image" } };

/** One engine of the pool: what runs there, and whether it is well. */
export class DockerHost {
  readonly name: string;
  readonly breaker = new CircuitBreaker();
  readonly #options: DockerHostOptions;
  readonly #open = new Set<Sandbox>();
  readonly #starting = new Set<Promise<unknown>>();
  /** Containers, by Id or name, that could not be removed, or may have been made by a call that failed. */
  readonly #unremoved = new Set<string>();
  #connected: Connected | null = null;
  #probing: Promise<void> | null = null;
  #opening = 0;

  constructor(options: DockerHostOptions) {
    this.#options = options;
    this.name = options.engine.name;
  }

  /** Its load as placing sees it for an image; null while it takes no work. */
  loadFor(image: string): HostLoad | null {
    if (this.#connected === null || !this.breaker.isClosed) return null;
    const { cpus, images } = this.#connected;
    const sandboxes = this.#open.size + this.#opening;
    return { name: this.name, sandboxes, cpus, hasImage: images.has(image), isRefused: images.isRefused(image) };
  }

  /** What the host has under a name; null when nothing, or when it cannot say, which counts against it. */
  async find(name: string, options: CallOptions): Promise<FoundImage | null> {
    const facts = await this.#ask(options, (images) => images.find(name, options));
    return facts === null ? null : { host: this.name, facts };
  }

  /** What a name means to the host or the image's registry. Rejects with SandboxError. */
  async identify(name: string): Promise<ImageIdentity> {
    return this.#connection().images.identify(name);
  }

  /** Looks whether the image is there, for placing. A failure counts against the host. */
  async look(image: ImageIdentity, options: CallOptions): Promise<void> {
    await this.#ask(options, (images) => images.look(image, options));
  }

  /** Has the image on the host, pulled when it is missing. Rejects with SandboxError. */
  async fetch(image: ImageIdentity, options: CallOptions): Promise<void> {
    (await this.#connection().images.hold(image, options)).release();
  }

  /** Whether the image is on the host or can be pulled to it. Rejects with SandboxError and the reason. */
  async check(image: ImageIdentity, options: CallOptions): Promise<"present" | "remote"> {
    return this.#connection().images.check(image, options);
  }

  /** Opens a sandbox here; tells the breaker how it went. Rejects with SandboxError. */
  async open(spec: ImageSpec, image: ImageIdentity, options: CallOptions): Promise<DockerSandbox> {
    const { images, starts } = this.#connection();
    this.#opening += 1;
    let held: HeldImage | null = null;
    try {
      const left = countDown(options.timeoutMs);
      const wasThere = images.has(image.name);
      held = await images.hold(image, options);
      const { facts, release } = held;
      const env = { ...DEFAULT_ENVIRONMENT, ...parseEnvironment(facts.Config?.Env ?? []), ...spec.env };
      // By its Id, which no pull or build can give to another image.
      const parts = { image: facts.Id, env, release };
      const start = (signal: AbortSignal): Promise<DockerSandbox> =>
        this.#track(starts.run(() => this.#start(spec, parts, { ...options, signal }), signal));
      const close = (late: DockerSandbox): void => void late.close();
      const sandbox = await withDeadline(options.signal, wasThere ? left() : options.timeoutMs, start, close);
      this.breaker.succeed();
      return sandbox;
    } catch (thrown) {
      held?.release();
      const error = thrown instanceof DeadlineError ? this.#late(spec, options) : thrown;
      if (error instanceof SandboxError && error.code === "SWERL_DOCKER_NOT_FOUND") images.forget(image.name);
      this.note(error);
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Counts a failure against the host when it is the host's. */
  note(error: unknown): boolean {
    if (!(error instanceof SandboxError)) return false;
    const isGone = GONE.test(error.code);
    if (!isGone && !ILL.test(error.code)) return false;
    this.breaker.fail(error, isGone);
    return true;
  }

  /** Asks whether the engine answers; then what it still holds of ours, and of dead runs, is removed. Never rejects. */
  probe(options: CallOptions): Promise<void> {
    this.#probing ??= this.#connect(options)
      .then(
        () => this.breaker.succeed(),
        (error: unknown) => this.breaker.fail(error as Error, true),
      )
      .finally(() => {
        this.#probing = null;
      });
    return this.#probing;
  }

  async close(): Promise<void> {
    // What is still starting has been given up, and removes itself.
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#open].map((sandbox) => sandbox.close()));
    await this.#connected?.images.close();
    // What still cannot be removed is left to the sweep of a later run.
    await this.#removeLeft({ signal: new AbortController().signal, timeoutMs: LAST_TRY_TIMEOUT_MS }).catch(() => {});
  }

  #track<T>(starting: Promise<T>): Promise<T> {
    this.#starting.add(starting);
    const forget = (): unknown => this.#starting.delete(starting);
    starting.then(forget, forget);
    return starting;
  }

  async #removeLeft(options: CallOptions): Promise<void> {
    for (const id of this.#unremoved) {
      await this.#options.engine.remove(id, options);
      this.#unremoved.delete(id);
    }
  }

  async #connect(options: CallOptions): Promise<void> {
    const { engine, stateDirectory, imageBudgetBytes: budgetBytes } = this.#options;
    await engine.version(options);
    const facts = await engine.info(options);
    await this.#removeLeft({ ...options, timeoutMs: SWEEP_TIMEOUT_MS });
    await removeOrphans(engine, options, SWEEP_TIMEOUT_MS);
    const readDisk = await openDataRoot(engine, facts);
    const onFull = (error: SandboxError): void => this.breaker.fail(error, true);
    const disk = this.#connected?.disk ?? new DiskWatch({ engine, readDisk, onFull });
    await disk.check();
    if (this.#connected !== null) return;
    const ledger = openPullLedger(stateDirectory, facts);
    this.#connected = {
      cpus: facts.NCPU,
      images: new HostImages({ engine, architecture: toImageArchitecture(facts), ledger, budgetBytes }),
      starts: createPermits(facts.NCPU * 2),
      removals: createPermits(facts.NCPU * 2),
      disk,
    };
  }

  async #ask<T>(options: CallOptions, look: (images: HostImages) => Promise<T | null>): Promise<T | null> {
    try {
      return this.#connected === null ? null : await look(this.#connected.images);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof SandboxError)) throw error;
      this.note(error);
      return null;
    }
  }

  #late({ rootfs }: ImageSpec, { timeoutMs }: CallOptions): SandboxError {
    const reason = `no sandbox of ${rootfs.reference} at ${this.name} in ${timeoutMs} ms`;
    return new SandboxError("SWERL_DOCKER_TIMEOUT", reason);
  }

  #connection(): Connected {
    if (this.#connected !== null) return this.#connected;
    throw new SandboxError("SWERL_DOCKER_UNREACHABLE", `${this.name} has not answered yet`);
  }

  async #start(
    spec: ImageSpec,
    parts: { readonly image: string; readonly env: Readonly<Record<string, string>>; readonly release: () => void },
    options: CallOptions,
  ): Promise<DockerSandbox> {
    const { dispatcher, runtime, archives, engine } = this.#options;
    const { disk } = this.#connection();
    await disk.check();
    const labels = createOwnerLabels(Date.now());
    const name = `swerl-${randomUUID()}`;
    const plan = planContainer({ name, image: parts.image, spec, labels, dispatcher, runtime });
    const call = { signal: options.signal, timeoutMs: Math.min(options.timeoutMs, CALL_TIMEOUT_MS) };
    const containerId = await engine.create(plan, call).catch((error: unknown) => {
      // It may exist all the same, or come to.
      this.#unremoved.add(name);
      throw error;
    });
    let sandbox: DockerSandbox | null = null;
    const remove = async (): Promise<void> => {
      parts.release();
      await this.#remove(containerId);
      if (sandbox !== null) this.#open.delete(sandbox);
    };
    try {
      let treeBytes = 0;
      if (spec.tree !== null) {
        const archive = await archives.get(spec.tree, spec.workdir);
        treeBytes = archive.length;
        await engine.putArchive(containerId, archive, call);
      }
      const socket = await engine.attach(containerId, call);
      sandbox = new DockerSandbox({
        engine,
        containerId,
        image: parts.image,
        socket,
        spec,
        env: parts.env,
        treeBytes,
        disk,
        remove,
      });
      this.#open.add(sandbox);
      await engine.start(containerId, call).catch((error: unknown) => {
        throw describeStartFailure(error, spec.rootfs.reference);
      });
      await sandbox.start(call);
      return sandbox;
    } catch (error) {
      await (sandbox === null ? remove() : sandbox.close());
      throw error;
    }
  }

  /** Never rejects: what cannot be removed now is removed when the host returns, or by the sweep of a later run. */
  async #remove(containerId: string): Promise<void> {
    // A host that does not answer is not waited for: its sandboxes are lost and the run goes on elsewhere.
    const timeoutMs = this.breaker.isClosed ? REMOVE_TIMEOUT_MS : LAST_TRY_TIMEOUT_MS;
    const signal = new AbortController().signal;
    const remove = (): Promise<void> => this.#options.engine.remove(containerId, { signal, timeoutMs });
    await this.#connection()
      .removals.run(remove, signal)
      .catch((error: unknown) => {
        if (!(error instanceof SandboxError)) throw error;
        this.note(error);
        this.#unremoved.add(containerId);
      });
  }
}

const DEFAULT_ENVIRONMENT = {
  HOME: "/root",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
  TERM: "dumb",
};
