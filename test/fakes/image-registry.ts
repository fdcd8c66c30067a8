import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

import { HOST_ARCHITECTURE, packTar } from "./image-archive.ts";

export interface PushedImage {
  /** Of the manifest. */
  readonly digest: string;
  /** As an engine calls the image. */
  readonly id: string;
}

export interface ImageRegistry {
  /** `HOST:PORT`, the first part of its images' names. */
  readonly address: string;
  /** Manifests that were asked for, by tag or digest. */
  readonly asked: string[];
  /** Makes an image of one small file and lets a tag mean it. Images stay by their digest. */
  push(tag: string, content: string): Promise<PushedImage>;
  /** Digests for which it gives what another digest means. */
  readonly lies: Map<string, string>;
  close(): Promise<void>;
}

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const digestOf = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** The part of the registry protocol that a pull needs, on a loopback port, where engines do without TLS. */
export async function startImageRegistry(): Promise<ImageRegistry> {
  const blobs = new Map<string, Buffer>();
  const tags = new Map<string, string>();
  const lies = new Map<string, string>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [, kind, reference = ""] = /^\/v2\/probe\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? "") ?? [];
    if (request.url === "/v2/") return void response.end("{}");
    if (kind === "manifests" && request.method === "GET") asked.push(reference);
    const digest = tags.get(reference) ?? reference;
    const data = blobs.get(lies.get(digest) ?? digest);
    if (data === undefined) {
      return void response
        .writeHead(404, { "Content-Type": "application/json" })
        .end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }));
    }
    response.writeHead(200, {
      "Content-Type": kind === "manifests" ? MANIFEST : "application/octet-stream",
      "Content-Length": data.length,
      "Docker-Content-Digest": digest,
    });
    response.end(request.method === "HEAD" ? undefined : data);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const keep = (mediaType: string, data: Buffer) => {
    blobs.set(digestOf(data), data);
    return { mediaType, digest: digestOf(data), size: data.length };
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lies,
    async push(tag, content) {
      const layer = await packTar([{ name: "content", content }]);
      const rootfs = { type: "layers", diff_ids: [digestOf(layer)] };
      const description = { architecture: HOST_ARCHITECTURE, os: "linux", config: {}, rootfs };
      const config = keep("application/vnd.docker.container.image.v1+json", Buffer.from(JSON.stringify(description)));
      const layers = [keep("application/vnd.docker.image.rootfs.diff.tar.gzip", gzipSync(layer))];
      const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers };
      const { digest } = keep(MANIFEST, Buffer.from(JSON.stringify(manifest)));
      tags.set(tag, digest);
      return { digest, id: config.digest };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
