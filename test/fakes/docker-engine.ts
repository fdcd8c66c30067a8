import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { splitReference } from "../../src/adapters/images/image-reference.ts";
import { HOST_ARCHITECTURE } from "./image-archive.ts";

export interface FakeImage {
  /** What makes it another image than those with other content. Default: its name. */
  readonly content?: string;
  /** No registry gave it. */
  readonly isLocal?: boolean;
  readonly bytes?: number;
  readonly architecture?: string;
}

export interface FakeEngine {
  readonly socketPath: string;
  /** As errors and placing call it. */
  readonly name: string;
  /** Images that are there, by name. */
  readonly images: Map<string, FakeImage>;
  /** Images that a pull finds. */
  readonly registry: Map<string, FakeImage>;
  /** References as they were pulled. */
  readonly pulls: string[];
  /** References that a registry was asked for without a pull. */
  readonly asked: string[];
  /** Content of the image of every container ever made. */
  readonly opened: string[];
  /** Their content. */
  readonly removedImages: string[];
  /** Containers that exist: their labels by ID. */
  readonly containers: Map<string, Readonly<Record<string, string>>>;
  /** Answers requests that match with this status, until it is null again. */
  failure: { readonly path: RegExp; readonly status: number; readonly message: string } | null;
  /** Serves requests that match and never answers them, until it is null again. */
  silence: RegExp | null;
  /** Every connection is cut and new ones are refused. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The digest by which a registry knows content. */
export const digestOf = (content: string): string => hash(`manifest ${content}`);
const idOf = (content: string): string => hash(`config ${content}`);
const hash = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

interface FakeEngineOptions {
  readonly id?: string;
  readonly cpus?: number;
  /** Its folder of containers on this machine; absent = on another one. */
  readonly dataRoot?: string;
}

const HEAD_BYTES = 128;
const ARCHITECTURE_BY_UNAME: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/**
 * A Docker engine on a unix socket that does what swerl asks of one, without containers: the dispatcher behind `attach`
 * answers pings and is silent otherwise.
 */
export async function startFakeEngine(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), "swerl-engine-"));
  const socketPath = join(folder, "docker.sock");
  const sockets = new Set<Socket>();
  const images = new Map<string, FakeImage>();
  const registry = new Map<string, FakeImage>();
  const containers = new Map<string, Readonly<Record<string, string>>>();
  const names = new Map<string, string>();
  const pulls: string[] = [];
  const asked: string[] = [];
  const opened: string[] = [];
  const removedImages: string[] = [];
  /** What was pulled, by `REPOSITORY@sha256:…`, whatever its names mean since. */
  const pulled = new Map<string, FakeImage & { readonly content: string }>();
  const contentOf = (name: string, { content = name }: FakeImage): string => content;
  const find = (store: ReadonlyMap<string, FakeImage>, reference: string) => {
    const { repository, digest } = splitReference(reference);
    return [...store].find(([name, image]) => {
      const content = contentOf(name, image);
      if (digest === null) return [name, `${name}:latest`, idOf(content)].includes(reference);
      return image.isLocal !== true && splitReference(name).repository === repository && digestOf(content) === digest;
    });
  };
  const findImage = (reference: string) => find(images, reference) ?? find(pulled, reference) ?? null;

  // dockerode writes the whole plan of a container into the address as well.
  const server = createServer({ maxHeaderSize: 1_000_000 }, (request, response) => void answer(request, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  });
  server.on("upgrade", (request, socket: Socket) => {
    if (engine.silence?.test(`${request.method} ${request.url}`) === true) return;
    socket.write("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n");
    socket.write("Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    answerPings(socket);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, value?: unknown): void => {
      if (engine.silence?.test(call) === true) return;
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://engine");
    const path = decodeURIComponent(pathname);
    const call = `${request.method} ${path}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (engine.failure?.path.test(call) === true) {
      return send(engine.failure.status, { message: engine.failure.message });
    }
    if (call === "GET /version") return send(200, { Version: "fake", ApiVersion: "1.41" });
    if (call === "GET /info") return send(200, describeEngine(options));
    if (call === "GET /containers/json") {
      return send(
        200,
        [...containers].map(([Id, Labels]) => ({ Id, Labels })),
      );
    }
    if (call === "POST /containers/create") {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { Image: string; Labels: Record<string, string> };
      const found = findImage(body.Image);
      if (found === null) return send(404, { message: `No such image: ${body.Image}` });
      opened.push(contentOf(...found));
      const Id = randomBytes(32).toString("hex");
      containers.set(Id, body.Labels);
      names.set(searchParams.get("name") ?? Id, Id);
      return send(201, { Id });
    }
    if (call === "POST /images/create") {
      const [from, tag = "latest"] = [searchParams.get("fromImage") as string, searchParams.get("tag") ?? undefined];
      const wanted = tag.startsWith("sha256:") ? `${from}@${tag}` : `${from}:${tag}`;
      pulls.push(wanted);
      const [name, image] = find(registry, wanted) ?? [];
      if (name === undefined || image === undefined) return send(200, { error: `manifest for ${wanted} not found` });
      const content = contentOf(name, image);
      pulled.set(`${splitReference(name).repository}@${digestOf(content)}`, { ...image, content });
      if (wanted.includes("@")) return send(200, { status: "done" });
      images.set(name, image);
      return send(200, { status: "done" });
    }
    const registered = /^GET \/distribution\/(.+)\/json$/.exec(call)?.[1];
    if (registered !== undefined) {
      asked.push(registered);
      const [name, image] = find(registry, registered) ?? [];
      if (name === undefined || image === undefined) return send(404, { message: "manifest unknown" });
      const { architecture = HOST_ARCHITECTURE } = image;
      const Descriptor = { digest: digestOf(contentOf(name, image)) };
      return send(200, { Descriptor, Platforms: [{ os: "linux", architecture }] });
    }
    const image = /^(GET|DELETE|POST) \/images\/(.+?)(?:\/(?:json|tag))?$/.exec(call);
    if (image !== null) {
      if (/[A-Z]/.test(image[2] as string)) return send(400, { message: "invalid reference format" });
      const found = findImage(image[2] as string);
      if (found === null) return send(404, { message: `No such image: ${image[2]}` });
      const content = contentOf(...found);
      if (image[1] === "POST") {
        images.set(`${searchParams.get("repo")}:${searchParams.get("tag")}`, { ...found[1], content });
        return send(201);
      }
      if (image[1] === "GET") return send(200, describeImage(found[0], { ...found[1], content }));
      for (const store of [images, pulled]) {
        for (const [name, other] of store) if (contentOf(name, other) === content) store.delete(name);
      }
      removedImages.push(content);
      return send(200, []);
    }
    const container = /^(\w+) \/containers\/([^/]+)/.exec(call);
    const id = names.get(container?.[2] ?? "") ?? container?.[2] ?? "";
    if (container === null || !containers.has(id)) return send(404, { message: `no ${call}` });
    if (call.endsWith("/json")) return send(200, { State: { Running: true, OOMKilled: false, ExitCode: 0 } });
    if (container[1] === "DELETE") containers.delete(id);
    return send(204);
  }

  const engine: FakeEngine = {
    socketPath,
    name: `unix://${socketPath}`,
    images,
    registry,
    pulls,
    asked,
    opened,
    removedImages,
    containers,
    failure: null,
    silence: null,
    async start() {
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async close() {
      if (server.listening) await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await engine.start();
  return engine;
}

function describeImage(name: string, image: FakeImage & { readonly content: string }) {
  const { content, bytes: Size = 1_000, architecture: Architecture = HOST_ARCHITECTURE } = image;
  const RepoDigests = image.isLocal === true ? [] : [`${splitReference(name).repository}@${digestOf(content)}`];
  return { Id: idOf(content), RepoDigests, Architecture, Size };
}

function describeEngine({ id = "engine", cpus = 1, dataRoot }: FakeEngineOptions) {
  return {
    ID: id,
    Name: dataRoot === undefined ? "elsewhere" : hostname(),
    NCPU: cpus,
    Architecture: ARCHITECTURE_BY_UNAME[HOST_ARCHITECTURE] ?? HOST_ARCHITECTURE,
    Driver: "overlay2",
    DockerRootDir: dataRoot ?? "/var/lib/docker",
    CgroupDriver: "cgroupfs",
    MemoryLimit: true,
    SwapLimit: true,
    PidsLimit: true,
  };
}

/** The protocol of dispatcher.sh as far as `p` goes, in Docker's frames. */
function answerPings(socket: Socket): void {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= HEAD_BYTES) {
      const [op, nonce] = held.toString("latin1", 0, HEAD_BYTES).split(" ");
      held = held.subarray(HEAD_BYTES);
      if (op !== "p") return;
      const reply = Buffer.from(`${nonce} p #;${nonce}\n`);
      const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, reply.length]);
      socket.write(Buffer.concat([head, reply]));
    }
  });
}
