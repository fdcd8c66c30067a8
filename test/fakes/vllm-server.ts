import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const START_TIMEOUT_MS = 480_000;

export interface VllmServer {
  /** Root of its API, with /v1. */
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** Starts a real vLLM on the CPU in 32-bit floats and waits until it has answered a first request. */
export async function startVllm(model: string, name: string): Promise<VllmServer> {
  const port = await findFreePort();
  const child = spawn(
    ".cache/vllm/bin/vllm",
    [
      "serve",
      model,
      "--served-model-name",
      name,
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--dtype",
      "float32",
      "--max-model-len",
      "1024",
      "--max-num-seqs",
      "16",
      "--enforce-eager",
      "--max-num-batched-tokens",
      "16384",
      "--generation-config",
      "vllm",
    ],
    {
      // The server starts workers of its own: they end with its process group.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HF_HUB_OFFLINE: "1",
        TRANSFORMERS_OFFLINE: "1",
        VLLM_NO_USAGE_STATS: "1",
        DO_NOT_TRACK: "1",
        VLLM_CPU_KVCACHE_SPACE: "1",
        VLLM_SERVER_DEV_MODE: "1",
      },
    },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  try {
    await waitUntilReady(child, baseUrl, name);
  } catch (error) {
    await stop(child);
    throw new Error(`${(error as Error).message}\n${output.join("").slice(-3000)}`, { cause: error });
  }
  return { baseUrl, stop: () => stop(child) };
}

async function waitUntilReady(child: ChildProcess, baseUrl: string, model: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`vLLM ended with exit code ${child.exitCode}`);
    const health = await fetch(baseUrl.replace(/\/v1$/, "/health")).catch(() => null);
    if (health?.ok) {
      // The first request is slow although the server calls itself healthy.
      const body = JSON.stringify({ model, prompt: [1, 2, 3], max_tokens: 1 });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${baseUrl}/completions`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`vLLM answered ${answer.status}: ${await answer.text()}`);
      return;
    }
    await sleep(500);
  }
  throw new Error("vLLM was not ready in time");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  const forced = setTimeout(() => process.kill(-(child.pid as number), "SIGKILL"), 10_000);
  await ended;
  clearTimeout(forced);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
