import http, { Agent } from "node:http";
import https, { Agent as SecureAgent, type AgentOptions } from "node:https";
import { createRequire } from "node:module";
import type { Socket } from "node:net";

/** No answer of an engine that is no stream comes near it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
export const ANSWER_TOO_LARGE = "ERR_ANSWER_TOO_LARGE";

const requireByDockerode = createRequire(createRequire(import.meta.url).resolve("dockerode"));
// docker-modem's own layer follows redirects, to any host, and throws outside every promise when it cannot. Node's does
// not: a redirect is then an answer of an unexpected status.
Object.assign(requireByDockerode("docker-modem/lib/http.js") as object, { http, https });

/** Connections of calls whose answer is read whole: an endless one would be kept whole too, and end the process. */
export function createControlAgent(options: AgentOptions, isSecure: boolean): Agent {
  const agent = createStreamAgent({ ...options, maxSockets: 64 }, isSecure);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...parts: Parameters<typeof connect>) => {
    const socket = connect(...parts) as Socket;
    return socket.on("data", () => {
      if (socket.bytesRead <= MAX_ANSWER_BYTES) return;
      const error = new Error(`an answer of over ${MAX_ANSWER_BYTES} bytes`);
      socket.destroy(Object.assign(error, { code: ANSWER_TOO_LARGE }));
    });
  };
  return agent;
}

/** Connections that carry streams. None is kept: behind a restarted engine the first call on a kept one fails. */
export function createStreamAgent(options: AgentOptions, isSecure: boolean): Agent {
  const kept = { maxSockets: Infinity, ...options, keepAlive: false };
  return isSecure ? new SecureAgent(kept) : new Agent(kept);
}
