import type { Duplex, Readable } from "node:stream";
import { promisify } from "node:util";

import Docker, { type ContainerCreateOptions } from "dockerode";
import { z } from "zod";

import { withDeadline } from "../../platform/deadline.ts";
import { SandboxError } from "../../platform/errors.ts";
import type { CallOptions } from "../../ports/sandbox.ts";
import { eventsSchema, hasEndingSignal, killEventsPath } from "./kill-events.ts";
import { describeFailure } from "./describe-failure.ts";
import { createControlAgent, createStreamAgent } from "./engine-agent.ts";
import {
  changesSchema,
  containerSizeSchema,
  containerStateSchema,
  containerStatsSchema,
  createdSchema,
  distributionSchema,
  imageSchema,
  infoSchema,
  listedSchema,
  versionSchema,
} from "./engine-answers.ts";
import { countPaths } from "./count-paths.ts";

/** Where an engine answers. Default: the local socket. */
export interface DockerEndpoint {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const LOCAL_SOCKET = "/var/run/docker.sock";

export type ContainerState = z.infer<typeof containerStateSchema>["State"];
export type ImageFacts = z.infer<typeof imageSchema>;
export type RegistryOffer = z.infer<typeof distributionSchema>;
export type DockerFacts = z.infer<typeof infoSchema>;
const anything = z.unknown();

/**
 * The calls we make to a Docker engine. Each settles within its deadline whatever the engine does, validates what it
 * answered, and rejects with a SandboxError whose code says which kind of failure it was.
 */
export class DockerEngine {
  readonly name: string;
  readonly #control: Docker;
  readonly #streams: Docker;

  constructor(endpoint: DockerEndpoint = {}) {
    this.name =
      endpoint.host === undefined
        ? `unix://${endpoint.socketPath ?? LOCAL_SOCKET}`
        : `tcp://${endpoint.host}:${endpoint.port ?? 2376}`;
    const { socketPath = LOCAL_SOCKET, host, port, ...certificates } = endpoint;
    const isSecure = certificates.ca !== undefined;
    const where = host === undefined ? { socketPath } : { host, port: port ?? 2376, ...certificates };
    const protocol = isSecure ? ("https" as const) : ("http" as const);
    // The published types lack `agent`, which the connection layer below takes.
    const control = { ...where, protocol, agent: createControlAgent(certificates, isSecure) };
    const streams = { ...where, protocol, agent: createStreamAgent(certificates, isSecure) };
    this.#control = new Docker(control);
    this.#streams = new Docker(streams);
  }

  version(options: CallOptions): Promise<z.infer<typeof versionSchema>> {
    return this.#ask("version", "/version", options, versionSchema);
  }

  info(options: CallOptions): Promise<DockerFacts> {
    return this.#ask("info", "/info", options, infoSchema);
  }

  /** What is known of an image that is there; null when it is not. */
  async findImage(reference: string, options: CallOptions): Promise<ImageFacts | null> {
    try {
      return await this.#ask("inspect image", `/images/${encodePath(reference)}/json`, options, imageSchema);
    } catch (error) {
      if (error instanceof SandboxError && error.code === "SWERL_DOCKER_NOT_FOUND") return null;
      throw error;
    }
  }

  pullImage(reference: string, options: CallOptions): Promise<Readable> {
    return this.#call("pull", options, streamSchema, (abortSignal) => this.#streams.pull(reference, { abortSignal }));
  }

  /** Asks the image's registry, without pulling, what a name means there and on which platforms it runs. */
  askRegistry(reference: string, options: CallOptions): Promise<RegistryOffer> {
    return this.#ask("ask the registry", `/distribution/${encodePath(reference)}/json`, options, distributionSchema);
  }

  /** Gives an image that is there another name; the name leaves the image that had it. */
  tagImage(reference: string, name: { repo: string; tag: string }, options: CallOptions): Promise<unknown> {
    return this.#call("tag image", options, anything, (abortSignal) =>
      this.#control.getImage(reference).tag({ ...name, abortSignal }),
    );
  }

  /** An image with its layers as `docker save` writes it. The stream must be read under a deadline of its own. */
  exportImage(reference: string, options: CallOptions): Promise<Readable> {
    // The published call takes no signal; an answer after the deadline is closed by #call.
    return this.#call("export image", options, streamSchema, () => this.#streams.getImage(reference).get());
  }

  /** Removes an image; false when a container uses it. One that is gone is removed. */
  async removeImage(reference: string, options: CallOptions): Promise<boolean> {
    try {
      await this.#call("remove image", options, anything, (abortSignal) =>
        // Forced, because one image may have several names; the engine refuses all the same while a container runs.
        this.#control.getImage(reference).remove({ force: true, abortSignal }),
      );
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      if (error.code === "SWERL_DOCKER_CONFLICT") return false;
      if (error.code !== "SWERL_DOCKER_NOT_FOUND") throw error;
    }
    return true;
  }

  async create(plan: ContainerCreateOptions, options: CallOptions): Promise<string> {
    const create = (abortSignal: AbortSignal): Promise<unknown> =>
      this.#control.createContainer({ ...plan, abortSignal });
    return (await this.#call("create", options, createdSchema, create)).id;
  }

  /** The container's standard streams as one socket; open it before `start`. */
  attach(id: string, options: CallOptions): Promise<Duplex> {
    const streams = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    return this.#call("attach", options, duplexSchema, (abortSignal) =>
      this.#streams.getContainer(id).attach({ ...streams, abortSignal }),
    );
  }

  start(id: string, options: CallOptions): Promise<unknown> {
    return this.#call("start", options, anything, (abortSignal) =>
      this.#control.getContainer(id).start({ abortSignal }),
    );
  }

  async inspect(id: string, options: CallOptions): Promise<ContainerState> {
    const inspect = (abortSignal: AbortSignal): Promise<unknown> =>
      this.#control.getContainer(id).inspect({ abortSignal });
    return (await this.#call("inspect", options, containerStateSchema, inspect)).State;
  }

  /** Bytes in the container's own layer. */
  async writtenBytes(id: string, options: CallOptions): Promise<number> {
    const inspect = (abortSignal: AbortSignal): Promise<unknown> => {
      // The published types know the one option or the other.
      const query = { size: true, abortSignal };
      return this.#control.getContainer(id).inspect(query);
    };
    return (await this.#call("inspect size", options, containerSizeSchema, inspect)).SizeRw;
  }

  /** Bytes of memory that the container's processes and the files it has read or written lately take. */
  async usedMemory(id: string, options: CallOptions): Promise<number> {
    // One-shot: the engine answers at once instead of measuring for a second.
    const path = `/containers/${id}/stats?stream=false&one-shot=true`;
    return (await this.#ask("stats", path, options, containerStatsSchema)).memory_stats.usage ?? 0;
  }

  /** Stops every process until `unpause`. */
  pause(id: string, options: CallOptions): Promise<unknown> {
    return this.#call("pause", options, anything, (abortSignal) =>
      this.#control.getContainer(id).pause({ abortSignal }),
    );
  }

  unpause(id: string, options: CallOptions): Promise<unknown> {
    return this.#call("unpause", options, anything, (abortSignal) =>
      this.#control.getContainer(id).unpause({ abortSignal }),
    );
  }

  /** Sends a signal to process 1. Without one it ends the container. */
  kill(id: string, options: CallOptions, signal = "SIGKILL"): Promise<unknown> {
    return this.#call("kill", options, anything, (abortSignal) =>
      this.#control.getContainer(id).kill({ signal, abortSignal }),
    );
  }

  /** Removes it with its volumes, running or not. One that is gone or going is removed. */
  async remove(id: string, options: CallOptions): Promise<void> {
    const remove = (abortSignal: AbortSignal): Promise<unknown> =>
      this.#control.getContainer(id).remove({ force: true, v: true, abortSignal });
    try {
      await this.#call("remove", options, anything, remove);
    } catch (error) {
      const isGone = error instanceof SandboxError && /^SWERL_DOCKER_(NOT_FOUND|CONFLICT)$/.test(error.code);
      if (!isGone) throw error;
    }
  }

  list(label: string, options: CallOptions): Promise<z.infer<typeof listedSchema>> {
    const query = new URLSearchParams({ all: "true", filters: JSON.stringify({ label: [label] }) });
    return this.#ask("list", `/containers/json?${query}`, options, listedSchema);
  }

  /** Unpacks a tar archive at `/` of a container, started or not. */
  putArchive(id: string, archive: Buffer, options: CallOptions): Promise<unknown> {
    return this.#call("put archive", options, anything, (abortSignal) =>
      this.#control.getContainer(id).putArchive(archive, { path: "/", abortSignal }),
    );
  }

  /** Reads a path of a container as a tar stream, within the call. A path that is not there is SWERL_DOCKER_NOT_FOUND. */
  async readArchive<T>(
    id: string,
    path: string,
    options: CallOptions,
    read: (archive: Readable, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const schema = z.custom<T>();
    return this.#call("get archive", options, schema, async (abortSignal) => {
      const archive = streamSchema.parse(await this.#streams.getContainer(id).getArchive({ path, abortSignal }));
      try {
        return await read(archive, abortSignal);
      } finally {
        archive.destroy();
      }
    });
  }

  /** Whether somebody had the engine kill a container, by the engine's own record. */
  async wasKilled(id: string, finishedAt: string, options: CallOptions): Promise<boolean> {
    return hasEndingSignal(await this.#ask("events", killEventsPath(id, finishedAt), options, eventsSchema));
  }

  /** Paths that differ from the image: kind 0 modified, 1 added, 2 deleted. */
  async changes(id: string, options: CallOptions): Promise<{ Path: string; Kind: number }[]> {
    return (await this.#ask("changes", `/containers/${id}/changes`, options, changesSchema)) ?? [];
  }

  /** How many there are, also where they are too many to keep. */
  countChanges(id: string, options: CallOptions): Promise<number> {
    return this.#call("count changes", options, z.number(), async (abortSignal) => {
      const path = `/containers/${id}/changes`;
      const request = { path, method: "GET", isStream: true, abortSignal, statusCodes: { 200: true } };
      const dial = promisify(this.#streams.modem.dial.bind(this.#streams.modem));
      const answer = streamSchema.parse(await dial(request));
      return countPaths(answer).finally(() => answer.destroy());
    });
  }

  /** A GET that can be given up: the published calls for some of these take no signal, and their connection would stay. */
  #ask<T>(what: string, path: string, options: CallOptions, schema: z.ZodType<T>): Promise<T> {
    const statusCodes = { 200: true, 400: "bad request", 404: "not found", 500: "server error" };
    const dial = (abortSignal: AbortSignal): Promise<unknown> =>
      new Promise((resolve, reject) => {
        // The layer below takes the last character off a path with a query.
        const address = path.includes("?") ? `${path}?` : path;
        const request = { path: address, method: "GET", abortSignal, statusCodes };
        this.#control.modem.dial(request, (error: unknown, answer: unknown) =>
          error === null ? resolve(answer) : reject(error as Error),
        );
      });
    return this.#call(what, options, schema, dial);
  }

  async #call<T>(
    what: string,
    options: CallOptions,
    schema: z.ZodType<T>,
    run: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<T> {
    try {
      // An answer that comes after the deadline has nobody to close it.
      const answer = await withDeadline(options.signal, options.timeoutMs, run, (late) => {
        if (isStream(late)) late.destroy();
      });
      return schema.parse(answer);
    } catch (error) {
      options.signal.throwIfAborted();
      throw describeFailure(error, `${what} at ${this.name}`, options.timeoutMs);
    }
  }
}

const isStream = (value: unknown): value is Duplex =>
  typeof value === "object" && value !== null && typeof (value as Duplex).destroy === "function";
const streamSchema = z.custom<Readable>(isStream, "expected a stream");
const duplexSchema = z.custom<Duplex>(isStream, "expected a stream");

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
