import { access } from "node:fs/promises";
import { join } from "node:path";

import { request } from "undici";

import { DeadlineError, withDeadline } from "../../platform/deadline.ts";
import { PolicyError } from "../../platform/errors.ts";

export interface VllmWeightsOptions {
  /** Roots of the servers, without `/v1`. They run with VLLM_SERVER_DEV_MODE=1 and see the weight folders. */
  readonly serverUrls: readonly string[];
  /** Deadline of one call. */
  readonly timeoutMs: number;
}

/** Puts a folder of Hugging Face weights into running vLLM servers. */
export interface WeightPublisher {
  /** Resolves when every new request is answered by the new weights; requests in flight go on with them. */
  publish(folder: string, policyVersion: number, signal: AbortSignal): Promise<void>;
}

const RESUME_ATTEMPTS = 3;

/**
 * pause (keep) -> reload_weights -> update_weight_version -> resume, over all servers, so that no two of them
 * answer with different weights. Pausing also drops the prefix cache, which a bare reload leaves stale. A paused
 * server is resumed whatever happens in between.
 */
export function createVllmWeightPublisher(options: VllmWeightsOptions): WeightPublisher {
  const post = (url: string, path: string, body: unknown, signal: AbortSignal): Promise<void> =>
    postJson(url, path, body, options.timeoutMs, signal);
  // All calls end before the first failure travels on: a resume never overtakes a reload.
  async function onAll(run: (url: string) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(options.serverUrls.map(run));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async function resume(url: string): Promise<void> {
    // Not under the caller's signal: an interrupted run must not leave a server paused.
    const signal = new AbortController().signal;
    for (let tried = 1; ; tried++) {
      try {
        await post(url, "/resume", undefined, signal);
        return;
      } catch (error) {
        if (tried >= RESUME_ATTEMPTS) throw error;
      }
    }
  }

  return {
    async publish(folder, policyVersion, signal) {
      await checkWeightFolder(folder);
      try {
        await onAll((url) => post(url, "/pause?mode=keep", undefined, signal));
        await onAll((url) =>
          post(url, "/collective_rpc", { method: "reload_weights", kwargs: { weights_path: folder } }, signal),
        );
        await onAll((url) => post(url, "/update_weight_version", { new_version: String(policyVersion) }, signal));
      } finally {
        await onAll(resume);
      }
    },
  };
}

/** A reload of a folder that is not there leaves vLLM without parameters, and its next request kills it. */
async function checkWeightFolder(folder: string): Promise<void> {
  try {
    await access(join(folder, "config.json"));
  } catch (error) {
    throw new PolicyError("SWERL_WEIGHTS_MISSING", `${folder} holds no config.json`, {
      cause: error,
      hint: "the trainer and the policy servers must share the folder that weights are published to",
    });
  }
}

async function postJson(
  root: string,
  path: string,
  body: unknown,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const url = `${root.replace(/\/$/, "")}${path}`;
  try {
    await withDeadline(signal, timeoutMs, async (inner) => {
      const response = await request(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
        signal: inner,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const text = await response.body.text();
      if (response.statusCode === 200) return;
      const seen = `${url} answered ${response.statusCode}: ${text.slice(0, 500)}`;
      throw new PolicyError("SWERL_PUBLISH", seen, {
        hint: "the servers must run with VLLM_SERVER_DEV_MODE=1; look at their logs",
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PolicyError) throw error;
    const seen = error instanceof DeadlineError ? error.message : ((error as Error).message ?? String(error));
    throw new PolicyError("SWERL_PUBLISH", `${url}: ${seen}`, { cause: error });
  }
}
