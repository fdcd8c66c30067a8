import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ForeignEngine {
  readonly socketPath: string;
  /** The last bytes that came from the engine. */
  lastSaid(): string;
  /** Requests whose first line matches are not passed on, and never answered. */
  silence: RegExp | null;
  /** Answers to requests whose first line matches end after some bytes. */
  cut: RegExp | null;
  close(): Promise<void>;
}

const KEPT_BYTES = 10_000;
const CUT_BYTES = 700;

/** The local Docker engine as if it were on another machine: it names no process where that is asked for. */
export async function startForeignEngine(options: { readonly namesProcesses: boolean }): Promise<ForeignEngine> {
  const folder = await mkdtemp(join(tmpdir(), "swerl-foreign-"));
  const socketPath = join(folder, "docker.sock");
  const clients = new Set<Socket>();
  let said = "";
  const server = createServer((client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client)).on("error", () => {});
    client.once("data", (first) => {
      const line = first.toString("latin1").split("\r\n")[0] ?? "";
      if (foreign.silence?.test(line) !== true) pass(client, first, foreign.cut?.test(line) === true);
    });
  });

  function pass(client: Socket, first: Buffer, isCut: boolean): void {
    const engine = connect("/var/run/docker.sock");
    engine.write(first);
    client.pipe(engine);
    engine.on("data", (chunk: Buffer) => {
      const text = chunk.toString("latin1");
      said = (said + text).slice(-KEPT_BYTES);
      // As long as it was.
      const unnamed = text.replace(/"Pid":(\d+)/g, (_, pid: string) => `"Pid":${"0".padEnd(pid.length)}`);
      const passed = Buffer.from(options.namesProcesses ? text : unnamed, "latin1");
      if (isCut) client.end(passed.subarray(0, CUT_BYTES));
      else client.write(passed);
    });
    engine.on("end", () => client.end()).on("error", () => client.destroy());
    client.on("error", () => engine.destroy()).on("close", () => engine.destroy());
  }

  const foreign: ForeignEngine = {
    socketPath,
    lastSaid: () => said,
    silence: null,
    cut: null,
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return foreign;
}
