import { PolicyError } from "../../platform/errors.ts";
import type { Completion, SampleRequest } from "../../ports/policy.ts";

/**
 * The body of /v1/completions. Every sampling parameter is there on every request: a server fills an omitted one
 * from the model's generation config, which changes the distribution without a word.
 */
export function renderCompletionBody(model: string, request: SampleRequest): string {
  const { sampling } = request;
  return JSON.stringify({
    model,
    prompt: request.prompt_token_ids,
    max_tokens: request.max_tokens,
    temperature: sampling.temperature,
    top_p: sampling.top_p,
    top_k: sampling.top_k,
    min_p: sampling.min_p,
    repetition_penalty: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    n: 1,
    stream: false,
    stop_token_ids: sampling.stop_token_ids,
    // 0 = the sampled token's own logprob and no alternatives.
    logprobs: 0,
    return_token_ids: true,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
  });
}

/**
 * Reads an answer strictly: what is not exactly as the protocol says would be trained on as if it were.
 * Checked by hand, because a schema over 100,000 ids a request costs more than the request.
 * @throws PolicyError SWERL_POLICY_PROTOCOL
 */
export function readCompletion(body: string, request: SampleRequest, publishedVersion: number): Completion {
  const answer = parseObject(body);
  const choices = answer["choices"];
  const choice = asObject(Array.isArray(choices) && choices.length === 1 ? choices[0] : null, "choices with one entry");
  const tokenIds = readArray(choice["token_ids"], "choices[0].token_ids", isTokenId, "a token id");
  const logprobs = readArray(
    asObject(choice["logprobs"], "choices[0].logprobs")["token_logprobs"],
    "choices[0].logprobs.token_logprobs",
    Number.isFinite,
    "a finite number",
  );
  if (tokenIds.length !== logprobs.length) {
    throw protocolError(`${tokenIds.length} token ids and ${logprobs.length} logprobs`);
  }
  const finishReason = choice["finish_reason"];
  if (finishReason !== "stop" && finishReason !== "length" && finishReason !== "abort") {
    throw protocolError(`finish_reason ${JSON.stringify(finishReason)}`);
  }
  if (tokenIds.length === 0 && finishReason !== "abort") throw protocolError(`no token with "${finishReason}"`);
  if (tokenIds.length > request.max_tokens) {
    throw protocolError(`${tokenIds.length} tokens where max_tokens was ${request.max_tokens}`);
  }
  checkPromptEcho(choice["prompt_token_ids"], request.prompt_token_ids);
  return {
    token_ids: tokenIds,
    logprobs,
    finish_reason: finishReason,
    policy_version: readVersion(answer["weight_version"] ?? choice["weight_version"]) ?? publishedVersion,
  };
}

/** True for the refusals of vLLM, SGLang and the embedded worker when prompt and answer do not fit the window. */
export function isContextRefusal(status: number, body: string): boolean {
  return [400, 413, 422].includes(status) && CONTEXT_PHRASES.test(body);
}

const CONTEXT_PHRASES =
  /maximum context length|max_tokens must be at least 1|longer than the maximum model length|exceeds the model's (maximum )?context|is longer than the model's context length/i;

/** A server that echoes the prompt proves that it sampled after exactly these tokens. */
function checkPromptEcho(echo: unknown, sent: readonly number[]): void {
  if (echo === undefined || echo === null) return;
  if (!Array.isArray(echo) || echo.length !== sent.length) {
    throw protocolError(`the prompt came back with ${Array.isArray(echo) ? echo.length : "no"} of ${sent.length} ids`);
  }
  const changed = sent.findIndex((id, index) => id !== echo[index]);
  if (changed >= 0) {
    throw protocolError(`prompt token ${changed} came back as ${JSON.stringify(echo[changed])}, not ${sent[changed]}`);
  }
}

function readVersion(version: unknown): number | null {
  if (typeof version === "number" && Number.isInteger(version)) return version;
  return typeof version === "string" && /^\d{1,15}$/.test(version) ? Number(version) : null;
}

function parseObject(body: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body), "an object");
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw protocolError(`not JSON: ${body.slice(0, 200)}`);
  }
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw protocolError(`${JSON.stringify(value)?.slice(0, 100)} instead of ${what}`);
  }
  return value as Record<string, unknown>;
}

function readArray(value: unknown, where: string, isValid: (item: unknown) => boolean, what: string): number[] {
  if (!Array.isArray(value)) {
    throw protocolError(`no ${where}; the server must know return_token_ids and logprobs`);
  }
  const bad = value.findIndex((item) => !isValid(item));
  if (bad >= 0) throw protocolError(`${where}[${bad}] is ${JSON.stringify(value[bad])}, not ${what}`);
  return value as number[];
}

function isTokenId(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function protocolError(seen: string): PolicyError {
  return new PolicyError("SWERL_POLICY_PROTOCOL", `unexpected answer of the policy endpoint: ${seen}`, {
    hint: "the endpoint must be vLLM 0.10 or later, or the embedded worker",
  });
}
