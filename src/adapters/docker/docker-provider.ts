import { join } from "node:path";

import type { SandboxProvider } from "../../ports/sandbox.ts";
import { loadDispatcher } from "../dispatcher/load-dispatcher.ts";
import { cacheDirectory } from "../images/image-store.ts";
import { DockerEngine, type DockerEndpoint } from "./docker-engine.ts";
import { DockerHost } from "./docker-host.ts";
import { DockerPool } from "./docker-pool.ts";
import { TreeArchives } from "./tree-archive.ts";

const ANSWER_TIMEOUT_MS = 10_000;
const TREE_CACHE_BYTES = 256 * 1024 * 1024;

export interface DockerOptions {
  /** Engines that share the sandboxes. Default: the local one. */
  readonly endpoints?: readonly DockerEndpoint[];
  /** A runtime of the engines for the sandboxes, `runsc` say. */
  readonly runtime?: string;
  /** Time an engine has to answer at all. Default: 10 seconds. */
  readonly timeoutMs?: number;
  /** Exact references of image names, as checkImage gave them before; the sandboxes go on with these images. */
  readonly images?: Readonly<Record<string, string>>;
  /** Bytes of pulled images that swerl keeps on each engine; see HostImages. Default: no bound. */
  readonly imageBudgetBytes?: number;
  /** Folder of the records of pulled images and drained hosts. Default: swerl/docker in the user's cache folder. */
  readonly stateDirectory?: string;
}

/**
 * Sandboxes of one or more Docker engines. Removes what dead runs left there. An engine that does not answer is taken
 * in when it does; rejects with SandboxError, naming each, when none answers.
 */
export async function createDockerProvider(options: DockerOptions = {}): Promise<SandboxProvider> {
  const stateDirectory = options.stateDirectory ?? join(cacheDirectory(), "docker");
  const shared = {
    dispatcher: await loadDispatcher(),
    archives: new TreeArchives(TREE_CACHE_BYTES),
    runtime: options.runtime,
    stateDirectory,
    imageBudgetBytes: options.imageBudgetBytes ?? Number.POSITIVE_INFINITY,
  };
  const hosts = (options.endpoints ?? [{}]).map(
    (endpoint) => new DockerHost({ engine: new DockerEngine(endpoint), ...shared }),
  );
  const pool = new DockerPool(hosts, {
    stateDirectory,
    answerTimeoutMs: options.timeoutMs ?? ANSWER_TIMEOUT_MS,
    images: options.images ?? {},
  });
  await pool.connect();
  return pool;
}
