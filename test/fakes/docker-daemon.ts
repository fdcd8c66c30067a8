import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How the daemon misbehaves on every request. */
export type DaemonFault =
  | "silent"
  | "half-body-then-end"
  | "half-body-then-reset"
  | "half-body-then-stall"
  | "reset"
  | "garbage"
  | "garbage-json"
  | "wrong-shape"
  | "server-error"
  | "upgrade-then-silent"
  | "upgrade-then-half-frame"
  | "upgrade-then-end"
  | "redirect"
  | "redirect-nowhere"
  | "endless";

export interface FakeDaemon {
  readonly socketPath: string;
  /** Requests seen, as `METHOD /path`. */
  readonly requests: readonly string[];
  /** Sockets that are still open. */
  readonly openSockets: () => number;
  close(): Promise<void>;
}

/** A daemon on a unix socket that answers every request in one wrong way. */
export async function startFakeDaemon(fault: DaemonFault): Promise<FakeDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "swerl-daemon-"));
  const socketPath = join(folder, "docker.sock");
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    socket.once("data", (data) => {
      requests.push(data.toString("latin1").split(" HTTP")[0] ?? "");
      misbehave(socket, fault);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    requests,
    openSockets: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const UPGRADED =
  "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

function misbehave(socket: Socket, fault: DaemonFault): void {
  switch (fault) {
    case "silent":
      return;
    case "half-body-then-end":
      return void socket.end(`${HEAD}Content-Length: 1000\r\n\r\n{"Id": "a`);
    case "half-body-then-reset":
      socket.write(`${HEAD}Content-Length: 1000\r\n\r\n{"Id": "a`, () => socket.destroy());
      return;
    case "half-body-then-stall":
      return void socket.write(`${HEAD}Content-Length: 1000\r\n\r\n{"Id": "a`);
    case "reset":
      return void socket.destroy();
    case "garbage":
      return void socket.end("\0\x01\x02 not http at all\r\n\r\n");
    case "garbage-json":
      return void socket.end(`${HEAD}Content-Length: 9\r\n\r\n{"Id": "a`);
    case "wrong-shape":
      return void socket.end(`${HEAD}Content-Length: 13\r\n\r\n{"Id": [1,2]}`);
    case "redirect":
      return void socket.end("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    case "redirect-nowhere":
      return void socket.end("HTTP/1.1 301 Moved\r\nLocation: x-none:\r\nContent-Length: 0\r\n\r\n");
    case "endless":
      return pour(socket);
    case "server-error":
      return void socket.end(
        `HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n{"message":"no space left"} `,
      );
    case "upgrade-then-silent":
      return void socket.write(UPGRADED);
    case "upgrade-then-half-frame":
      return void socket.end(Buffer.concat([Buffer.from(UPGRADED), Buffer.from([1, 0, 0, 0, 0, 0, 1, 0, 65])]));
    case "upgrade-then-end":
      return void socket.end(UPGRADED);
  }
}

/** Sends a body that has no end, as fast as it is taken. */
function pour(socket: Socket): void {
  const piece = Buffer.alloc(1024 * 1024, " ");
  const more = (): void => void (socket.writable && socket.write(piece, () => setImmediate(more)));
  socket.write(HEAD + "\r\n", more);
}
