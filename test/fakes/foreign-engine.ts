import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ForeignEngine {
  readonly socketPath: string;
  /** The last bytes that came from the engine. */
  lastSaid(): string;
  close(): Promise<void>;
}

const KEPT_BYTES = 10_000;

/** The local Docker engine as if it were on another machine: it names no process where that is asked for. */
export async function startForeignEngine(options: { readonly namesProcesses: boolean }): Promise<ForeignEngine> {
  const folder = await mkdtemp(join(tmpdir(), "swerl-foreign-"));
  const socketPath = join(folder, "docker.sock");
  let said = "";
  const server = createServer((client) => {
    const engine = connect("/var/run/docker.sock");
    client.pipe(engine);
    engine.on("data", (chunk: Buffer) => {
      const text = chunk.toString("latin1");
      said = (said + text).slice(-KEPT_BYTES);
      // As long as it was.
      const unnamed = text.replace(/"Pid":(\d+)/g, (_, pid: string) => `"Pid":${"0".padEnd(pid.length)}`);
      client.write(Buffer.from(options.namesProcesses ? text : unnamed, "latin1"));
    });
    engine.on("end", () => client.end()).on("error", () => client.destroy());
    client.on("error", () => engine.destroy()).on("close", () => engine.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    lastSaid: () => said,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
