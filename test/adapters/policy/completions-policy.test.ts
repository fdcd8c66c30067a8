import { afterEach, describe, expect, it } from "vitest";

import { createCompletionsPolicy } from "../../../src/adapters/policy/completions-policy.ts";
import { CONTEXT_FULL } from "../../../src/platform/errors.ts";
import type { Policy, SampleRequest } from "../../../src/ports/policy.ts";
import { type FakeHttpServer, startHttpServer } from "../../fakes/http-server.ts";

const request: SampleRequest = {
  prompt_token_ids: [1, 2, 3],
  sampling: { temperature: 1, top_p: 1, top_k: -1, min_p: 0, stop_token_ids: [9] },
  max_tokens: 8,
};
const choice = {
  token_ids: [5, 9],
  logprobs: { token_logprobs: [-0.5, -0.25] },
  finish_reason: "stop",
  prompt_token_ids: [1, 2, 3],
};
const signal = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function serve(
  answer: Parameters<typeof startHttpServer>[0],
  requestTimeoutMs = 20_000,
): Promise<{ policy: Policy; server: FakeHttpServer }> {
  const server = await startHttpServer(answer);
  const policy = createCompletionsPolicy({
    baseUrl: `${server.url}/v1`,
    model: "tiny",
    requestTimeoutMs,
    maxConnections: 64,
    backoffMs: 1,
    publishedVersion: () => 4,
  });
  opened.push(server, policy);
  return { policy, server };
}

describe("createCompletionsPolicy", () => {
  it("sends every sampling parameter and gives back ids, logprobs and the server's weight version", async () => {
    const { policy, server } = await serve(() => ({ body: { choices: [choice], weight_version: "7" } }));
    expect(await policy.sample({ ...request, seed: 11 }, signal)).toEqual({
      token_ids: [5, 9],
      logprobs: [-0.5, -0.25],
      finish_reason: "stop",
      policy_version: 7,
    });
    expect(server.requests[0]).toMatchObject({
      path: "/v1/completions",
      body: {
        model: "tiny",
        prompt: [1, 2, 3],
        temperature: 1,
        top_p: 1,
        top_k: -1,
        min_p: 0,
        repetition_penalty: 1,
        presence_penalty: 0,
        frequency_penalty: 0,
        stop_token_ids: [9],
        max_tokens: 8,
        seed: 11,
        logprobs: 0,
        return_token_ids: true,
      },
    });
  });

  it("takes the published version when the server does not tell", async () => {
    const { policy } = await serve(() => ({ body: { choices: [choice] } }));
    expect((await policy.sample(request, signal)).policy_version).toBe(4);
  });

  it.each([
    ["a cut prompt", { prompt_token_ids: [1, 2] }],
    ["a changed prompt", { prompt_token_ids: [1, 2, 4] }],
    ["fewer logprobs than ids", { logprobs: { token_logprobs: [-0.5] } }],
    ["a null logprob", { logprobs: { token_logprobs: [null, -0.5] } }],
    ["no ids", { token_ids: null }],
    ["an id that is no id", { token_ids: [5, -1] }],
    ["more tokens than asked for", { token_ids: Array(9).fill(5), logprobs: { token_logprobs: Array(9).fill(-1) } }],
    ["an unknown finish reason", { finish_reason: "content_filter" }],
    ["an empty answer", { token_ids: [], logprobs: { token_logprobs: [] } }],
  ])("refuses %s, after two more tries", async (_, change) => {
    const { policy, server } = await serve(() => ({ body: { choices: [{ ...choice, ...change }] } }));
    await expect(policy.sample(request, signal)).rejects.toMatchObject({ code: "SWERL_POLICY_PROTOCOL" });
    expect(server.requests).toHaveLength(3);
  });

  it("tries again after a server error, a cut connection, an aborted completion and an answer that is not JSON", async () => {
    const faults = [
      { status: 503, body: "loading" },
      null,
      { body: { choices: [{ ...choice, finish_reason: "abort", token_ids: [], logprobs: { token_logprobs: [] } }] } },
      { body: "<html>" },
    ];
    for (const fault of faults) {
      let count = 0;
      const { policy, server } = await serve((_, response) => {
        if (count++ > 0) return { body: { choices: [choice] } };
        if (fault === null) response.destroy();
        return fault;
      });
      expect((await policy.sample(request, signal)).token_ids).toEqual([5, 9]);
      expect(server.requests).toHaveLength(2);
    }
  });

  it("does not repeat a refusal, and names a full context", async () => {
    const phrases = [
      "This model's maximum context length is 256 tokens. However, your prompt contains 300 input tokens",
      "max_tokens must be at least 1, got 0.",
    ];
    for (const message of phrases) {
      const { policy, server } = await serve(() => ({ status: 400, body: { error: { message } } }));
      await expect(policy.sample(request, signal)).rejects.toMatchObject({ code: CONTEXT_FULL });
      expect(server.requests).toHaveLength(1);
    }
    const { policy, server } = await serve(() => ({ status: 404, body: "no such model" }));
    await expect(policy.sample(request, signal)).rejects.toMatchObject({ code: "SWERL_POLICY_REFUSED" });
    expect(server.requests).toHaveLength(1);
  });

  it("settles by its deadline when the server accepts and stays silent, or stalls inside the body", async () => {
    for (const stall of ["silent", "half"] as const) {
      const { policy } = await serve((_, response) => {
        if (stall === "half") response.writeHead(200).write('{"choices":');
        return null;
      }, 200);
      await expect(policy.sample(request, signal)).rejects.toMatchObject({ code: "SWERL_POLICY_TIMEOUT" });
    }
  });

  it("rejects with the abort reason, and closes the request", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    let closed = false;
    const { policy } = await serve((_, response) => {
      response.once("close", () => {
        closed = true;
      });
      controller.abort(reason);
      return null;
    });
    await expect(policy.sample(request, controller.signal)).rejects.toBe(reason);
    await expect.poll(() => closed).toBe(true);
  });

  it("holds no more connections than it may, and answers all", async () => {
    const { policy, server } = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { body: { choices: [choice] } };
    });
    await Promise.all(Array.from({ length: 300 }, () => policy.sample(request, signal)));
    expect(server.requests).toHaveLength(300);
    expect(Math.max(...server.requests.map(({ inFlight }) => inFlight))).toBeLessThan(64);
  });
});
