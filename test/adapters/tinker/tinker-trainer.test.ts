import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { SKYRL_DIALECT, SWERL_DIALECT } from "../../../src/adapters/tinker/dialect.ts";
import { createTinkerClient } from "../../../src/adapters/tinker/tinker-client.ts";
import { createTinkerTrainer, type TinkerTrainerOptions } from "../../../src/adapters/tinker/tinker-trainer.ts";
import { sliceByTokens } from "../../../src/adapters/tinker/tinker-wire.ts";
import type { TrainingDatum } from "../../../src/domain/training-datum.ts";
import { type FakeHttpServer, type RecordedRequest, startHttpServer } from "../../fakes/http-server.ts";

const signal = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

interface Reply {
  readonly status?: number;
  readonly body: unknown;
}

const datum = (length: number): TrainingDatum => ({
  logprobs: Array(length).fill(-1),
  advantages: Array(length).fill(1),
  input_token_ids: Array.from({ length }, (_, index) => index),
  target_token_ids: Array.from({ length }, (_, index) => index + 1),
  weights: Array(length).fill(1),
});

/** A Tinker server that computes nothing: the logprob of target n is -n/100. `interfere` may answer first. */
async function serve(
  interfere: (request: RecordedRequest) => Reply | "cut" | null = () => null,
): Promise<FakeHttpServer & { operations: string[] }> {
  const results = new Map<string, Reply>();
  const operations: string[] = [];
  const server = await startHttpServer((request, response) => {
    const early = interfere(request);
    if (early === "cut") {
      response.destroy();
      return null;
    }
    if (early !== null) return early;
    const path = request.path.replace("/api/v1/", "");
    if (path === "create_session") return { body: { session_id: "session_1" } };
    if (path === "retrieve_future")
      return results.get(request.body["request_id"] as string) ?? { status: 404, body: {} };
    const id = `${path}-${String(request.body["seq_id"] ?? 0)}`;
    if (!results.has(id)) {
      operations.push(path);
      results.set(id, { body: compute(path, request.body) });
    }
    return { body: { request_id: id, status: "pending" } };
  });
  opened.push(server);
  return Object.assign(server, { operations });
}

function compute(path: string, body: Record<string, unknown>): unknown {
  if (path === "create_model") return { model_id: "model_1" };
  if (path === "optim_step") return { metrics: { grad_norm: 2.5, skipped: 0 } };
  if (path.startsWith("save")) return { path: `tinker://model_1/${String(body["path"])}` };
  const input = (body["forward_input"] ?? body["forward_backward_input"]) as {
    data: { loss_fn_inputs: { target_tokens: { data: number[] } } }[];
  };
  if (input === undefined) return {};
  const outputs = input.data.map(({ loss_fn_inputs: { target_tokens } }) => ({
    logprobs: { data: target_tokens.data.map((token) => -token / 100) },
    elementwise_loss: { data: target_tokens.data.map(() => 1) },
  }));
  return { loss_fn_outputs: outputs, metrics: {} };
}

async function open(server: FakeHttpServer, options: Partial<TinkerTrainerOptions> = {}, requestTimeoutMs = 10_000) {
  const client = createTinkerClient({ baseUrl: server.url, requestTimeoutMs, backoffMs: 1 });
  opened.push(client);
  return await createTinkerTrainer(
    { client, dialect: SWERL_DIALECT, baseModel: "base", loraRank: 0, ...options },
    signal,
  );
}

const adam = { learning_rate: 1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, grad_clip_norm: 1 };

describe("createTinkerTrainer", () => {
  it("slices a batch, gives logprobs back in its order, and adds the losses", async () => {
    const server = await serve();
    const trainer = await open(server, { maxTokensPerRequest: 10 });
    const data = [3, 9, 1, 12, 6].map(datum);
    const result = await trainer.forwardBackward(
      data,
      { name: "ppo", clip_low_threshold: 0.8, clip_high_threshold: 1.3 },
      signal,
    );
    expect(result.logprobs).toEqual(data.map((each) => each.target_token_ids.map((token) => -token / 100)));
    expect(result.loss).toBe(31);
    const bodies = server.requests.filter(({ path }) => path.endsWith("forward_backward"));
    expect(bodies).toHaveLength(3);
    expect(bodies[0]?.body).toMatchObject({
      model_id: "model_1",
      forward_backward_input: {
        loss_fn: "ppo",
        loss_fn_config: { clip_low_threshold: 0.8, clip_high_threshold: 1.3 },
      },
    });
    expect(await trainer.optimStep(adam, signal)).toEqual({ grad_norm: 2.5, skipped: false });
  });

  it("computes once when the connection breaks after a submission, and rides through 408 and 503", async () => {
    let cuts = 0;
    let polls = 0;
    const server = await serve(({ path }) => {
      if (path.endsWith("retrieve_future") && ++polls % 3 !== 0)
        return { status: polls % 3 === 1 ? 408 : 503, body: {} };
      return path.endsWith("optim_step") && cuts++ < 2 ? "cut" : null;
    });
    const trainer = await open(server);
    await trainer.optimStep(adam, signal);
    expect(server.operations).toEqual(["create_model", "optim_step"]);
    const sent = server.requests.filter(({ path }) => path.endsWith("optim_step")).map(({ body }) => body["seq_id"]);
    expect(sent).toEqual([1, 1, 1]);
  });

  it("says what a failed operation said, and does not repeat it", async () => {
    const server = await serve(({ path, body }) =>
      path.endsWith("retrieve_future") && String(body["request_id"]).startsWith("forward")
        ? { status: 400, body: { detail: "out of memory" } }
        : null,
    );
    const trainer = await open(server);
    await expect(trainer.forward([datum(2)], signal)).rejects.toMatchObject({
      code: "SWERL_TRAINER_REFUSED",
      message: expect.stringContaining("out of memory"),
    });
    expect(server.operations.filter((path) => path === "forward")).toHaveLength(1);
  });

  it("refuses logprobs that are short or not numbers", async () => {
    for (const logprobs of [[-1], [-1, null]]) {
      const server = await serve(({ path, body }) =>
        path.endsWith("retrieve_future") && String(body["request_id"]).startsWith("forward")
          ? { body: { loss_fn_outputs: [{ logprobs: { data: logprobs } }], metrics: { "loss:sum": 1 } } }
          : null,
      );
      const trainer = await open(server);
      await expect(trainer.forward([datum(2)], signal)).rejects.toMatchObject({ code: "SWERL_TRAINER_PROTOCOL" });
    }
  });

  it("loads the initial weights before anything else, and not when a checkpoint is loaded instead", async () => {
    const server = await serve();
    const trainer = await open(server, { initialState: "tinker://a/weights/rft" });
    await trainer.publish(0, signal);
    await trainer.publish(1, signal);
    expect(server.operations).toEqual([
      "create_model",
      "load_weights",
      "save_weights_for_sampler",
      "save_weights_for_sampler",
    ]);
    const other = await serve();
    const resumed = await open(other, { initialState: "tinker://a/weights/rft" });
    await resumed.loadState("tinker://a/weights/it3", signal);
    await resumed.publish(3, signal);
    const loads = other.requests.filter(({ path }) => path.endsWith("load_weights")).map(({ body }) => body);
    expect(loads).toMatchObject([{ path: "tinker://a/weights/it3", optimizer: true }]);
    expect(resumed.publishedVersion()).toBe(3);
  });

  it("hands saved weights over when the policy server is another", async () => {
    const delivered: unknown[] = [];
    const server = await serve();
    const trainer = await open(server, {
      exports: {
        root: "/state",
        deliver: async (folder, version) => {
          delivered.push([folder, version]);
        },
      },
    });
    await trainer.publish(2, signal);
    expect(delivered).toEqual([["/state/model_1/sampler_weights/policy-2", 2]]);
  });

  it("ends an operation at its deadline, and on abort with the reason", async () => {
    const server = await serve(({ path }) => (path.endsWith("retrieve_future") ? { status: 408, body: {} } : null));
    await expect(open(server, {}, 100)).rejects.toMatchObject({ code: "SWERL_TRAINER_TIMEOUT" });
  });

  it("refuses full fine-tuning where the server only trains adapters", async () => {
    const server = await serve();
    await expect(open(server, { dialect: SKYRL_DIALECT })).rejects.toMatchObject({
      code: "SWERL_TRAINER_UNSUPPORTED",
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("sliceByTokens", () => {
  it("uses every datum once, and fills no slice above the limit unless by one datum", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 60 }), (sizes, limit) => {
        const slices = sliceByTokens(sizes.map(datum), limit);
        expect(slices.flat().toSorted((a, b) => a - b)).toEqual([...sizes.keys()]);
        for (const slice of slices) {
          const total = slice.reduce((sum, index) => sum + (sizes[index] as number), 0);
          expect(slice.length === 1 || total <= limit).toBe(true);
        }
      }),
    );
  });
});
