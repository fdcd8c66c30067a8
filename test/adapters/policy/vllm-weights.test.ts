import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createVllmWeightPublisher } from "../../../src/adapters/policy/vllm-weights.ts";
import { type FakeHttpServer, startHttpServer } from "../../fakes/http-server.ts";

const signal = new AbortController().signal;
let folder: string;
const servers: FakeHttpServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "swerl-weights-"));
  await writeFile(join(folder, "config.json"), "{}");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(failing: string | null = null): Promise<FakeHttpServer> {
  const server = await startHttpServer(({ path }) =>
    path === failing ? { status: 500, body: "broken" } : { body: {} },
  );
  servers.push(server);
  return server;
}
const pathsOf = (server: FakeHttpServer): string[] => server.requests.map(({ path }) => path);

describe("createVllmWeightPublisher", () => {
  it("pauses, reloads, names the version and resumes, on every server", async () => {
    const pool = [await serve(), await serve()];
    const publisher = createVllmWeightPublisher({ serverUrls: pool.map(({ url }) => url), timeoutMs: 5000 });
    await publisher.publish(folder, 3, signal);
    for (const server of pool) {
      expect(pathsOf(server)).toEqual(["/pause?mode=keep", "/collective_rpc", "/update_weight_version", "/resume"]);
      expect(server.requests[1]?.body).toEqual({ method: "reload_weights", kwargs: { weights_path: folder } });
      expect(server.requests[2]?.body).toEqual({ new_version: "3" });
    }
  });

  it("resumes every server when one of them fails", async () => {
    const pool = [await serve("/collective_rpc"), await serve()];
    const publisher = createVllmWeightPublisher({ serverUrls: pool.map(({ url }) => url), timeoutMs: 5000 });
    await expect(publisher.publish(folder, 3, signal)).rejects.toMatchObject({ code: "SWERL_PUBLISH" });
    for (const server of pool) {
      expect(pathsOf(server).at(-1)).toBe("/resume");
      expect(pathsOf(server)).not.toContain("/update_weight_version");
    }
  });

  it("touches no server when the folder holds no model", async () => {
    const server = await serve();
    const publisher = createVllmWeightPublisher({ serverUrls: [server.url], timeoutMs: 5000 });
    await expect(publisher.publish(join(folder, "absent"), 3, signal)).rejects.toMatchObject({
      code: "SWERL_WEIGHTS_MISSING",
    });
    expect(server.requests).toHaveLength(0);
  });
});
