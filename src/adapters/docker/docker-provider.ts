import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";

import { InputError, SandboxError } from "../../platform/errors.ts";
import { createPermits } from "../../platform/permits.ts";
import type { CallOptions, Sandbox, SandboxProvider, SandboxSpec } from "../../ports/sandbox.ts";
import { loadDispatcher } from "../dispatcher/load-dispatcher.ts";
import { planContainer } from "./container-plan.ts";
import { DockerEngine, type DockerEndpoint, type ImageFacts } from "./docker-engine.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { createOwnerLabels, isOrphan, OWNER_LABEL } from "./owner-labels.ts";
import { ensureImage } from "./pull-image.ts";
import { WarmPool } from "./warm-pool.ts";
import { TreeArchives } from "./tree-archive.ts";

const REMOVE_TIMEOUT_MS = 60_000;
const WARM_TIMEOUT_MS = 120_000;
const MAX_WARM = 32;
const TREE_CACHE_BYTES = 256 * 1024 * 1024;

export interface DockerOptions {
  readonly endpoint?: DockerEndpoint;
  /** A runtime of the engine for the sandboxes, `runsc` say. */
  readonly runtime?: string;
  /** Time the engine has to answer at all. Default: 10 seconds. */
  readonly timeoutMs?: number;
}

/** Sandboxes of a Docker engine. Rejects with SandboxError when no engine answers. Removes orphans of dead runs. */
export async function createDockerProvider(options: DockerOptions = {}): Promise<SandboxProvider> {
  const engine = new DockerEngine(options.endpoint);
  const call = { signal: new AbortController().signal, timeoutMs: options.timeoutMs ?? 10_000 };
  await engine.version(call);
  await removeOrphans(engine, { ...call, timeoutMs: REMOVE_TIMEOUT_MS });
  return new DockerProvider(engine, await loadDispatcher(), options.runtime);
}

/** Removes containers whose owner is gone and answers how many. Never touches a live run's. */
export async function removeOrphans(engine: DockerEngine, options: CallOptions): Promise<number> {
  const listed = await engine.list(OWNER_LABEL, options);
  const orphans = listed.filter(({ Labels }) => isOrphan(Labels, Date.now()));
  for (const { Id } of orphans) await engine.remove(Id, options);
  return orphans.length;
}

class DockerProvider implements SandboxProvider {
  readonly name = "docker";
  readonly #engine: DockerEngine;
  readonly #dispatcher: readonly string[];
  readonly #runtime: string | undefined;
  readonly #open = new Set<Sandbox>();
  readonly #images = new Map<string, Promise<ImageFacts>>();
  readonly #warm = new WarmPool<DockerSandbox>(MAX_WARM);
  readonly #closing = new AbortController();
  readonly #archives = new TreeArchives(TREE_CACHE_BYTES);
  // Starting and removing wait in lines of their own: a full start line must never hold back a removal.
  readonly #starts = createPermits(availableParallelism() * 2);
  readonly #removals = createPermits(availableParallelism() * 2);

  constructor(engine: DockerEngine, dispatcher: readonly string[], runtime: string | undefined) {
    this.#engine = engine;
    this.#dispatcher = dispatcher;
    this.#runtime = runtime;
  }

  async open(spec: SandboxSpec, options: CallOptions): Promise<Sandbox> {
    options.signal.throwIfAborted();
    return (await this.#warm.take(JSON.stringify(spec))) ?? this.#openCold(spec, options);
  }

  warm(spec: SandboxSpec, count: number): void {
    const options = { signal: this.#closing.signal, timeoutMs: WARM_TIMEOUT_MS };
    this.#warm.add(JSON.stringify(spec), count, () => this.#openCold(spec, options));
  }

  async #openCold(spec: SandboxSpec, options: CallOptions): Promise<DockerSandbox> {
    if (spec.rootfs.kind !== "image") {
      throw new InputError("SWERL_SANDBOX_NEEDS_IMAGE", "a docker sandbox needs an image", {
        hint: "use the bubblewrap sandbox for tasks without one",
      });
    }
    const image = spec.rootfs.reference;
    const facts = await this.#ensureImage(image, options);
    const env = { ...DEFAULT_ENVIRONMENT, ...parseEnvironment(facts.Config?.Env ?? []), ...spec.env };
    return this.#starts.run(() => this.#start(spec, { image, env }, options), options.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new SandboxError("SWERL_SANDBOX_CLOSED", "the sandbox provider is closed"));
    await this.#warm.close();
    await Promise.all([...this.#open].map((sandbox) => sandbox.close()));
  }

  async #start(
    spec: SandboxSpec,
    { image, env }: { readonly image: string; readonly env: Readonly<Record<string, string>> },
    options: CallOptions,
  ): Promise<DockerSandbox> {
    const plan = planContainer({
      name: `swerl-${randomUUID()}`,
      image,
      spec,
      labels: createOwnerLabels(Date.now()),
      dispatcher: this.#dispatcher,
      runtime: this.#runtime,
    });
    const containerId = await this.#engine.create(plan, options);
    const remove = (): Promise<void> => this.#remove(containerId);
    try {
      if (spec.tree !== null) {
        await this.#engine.putArchive(containerId, await this.#archives.get(spec.tree, spec.workdir), options);
      }
      const socket = await this.#engine.attach(containerId, options);
      const engine = this.#engine;
      const sandbox = new DockerSandbox({ engine, containerId, image, socket, spec, env, remove });
      this.#open.add(sandbox);
      await this.#engine.start(containerId, options);
      await sandbox.start(options);
      return sandbox;
    } catch (error) {
      await remove();
      throw error;
    }
  }

  /** Never rejects: what cannot be removed now carries its owner's label and is swept by a later run. */
  async #remove(containerId: string): Promise<void> {
    const signal = new AbortController().signal;
    const remove = (): Promise<void> => this.#engine.remove(containerId, { signal, timeoutMs: REMOVE_TIMEOUT_MS });
    await this.#removals.run(remove, signal).catch((error: unknown) => {
      if (!(error instanceof SandboxError)) throw error;
    });
    for (const sandbox of this.#open) if (sandbox.id === containerId) this.#open.delete(sandbox);
  }

  /** One pull at a time for an image, however many sandboxes wait for it. */
  #ensureImage(image: string, options: CallOptions): Promise<ImageFacts> {
    const known = this.#images.get(image);
    if (known !== undefined) return known;
    const ensuring = ensureImage(this.#engine, image, options);
    this.#images.set(image, ensuring);
    ensuring.catch(() => this.#images.delete(image));
    return ensuring;
  }
}

const DEFAULT_ENVIRONMENT = {
  HOME: "/root",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
  TERM: "dumb",
};

/** `NAME=value` lines of an image. */
function parseEnvironment(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  return Object.fromEntries(pairs.filter(([name]) => name !== ""));
}
