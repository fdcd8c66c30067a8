import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** Other requests being answered when this one came. */
  readonly inFlight: number;
}

export interface FakeHttpServer {
  readonly url: string;
  readonly requests: RecordedRequest[];
  close(): Promise<void>;
}

/** A loopback server that answers as told: status and body, or anything a handler does to the response. */
export async function startHttpServer(
  answer: (
    request: RecordedRequest,
    response: ServerResponse,
  ) => { status?: number; body: unknown } | null | Promise<{ status?: number; body: unknown } | null>,
): Promise<FakeHttpServer> {
  const requests: RecordedRequest[] = [];
  let inFlight = 0;
  const server = createServer((incoming, response) => {
    void (async () => {
      const text = await readText(incoming);
      const request: RecordedRequest = {
        path: incoming.url ?? "",
        body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
        inFlight,
      };
      requests.push(request);
      inFlight++;
      response.once("close", () => inFlight--);
      const reply = await answer(request, response);
      if (reply === null) return;
      response.writeHead(reply.status ?? 200, { "content-type": "application/json" });
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
