import { setTimeout as sleep } from "node:timers/promises";

import type { ChatTokenizer } from "../../src/ports/chat-tokenizer.ts";
import { type FakeHttpServer, startHttpServer } from "./http-server.ts";

/**
 * A completions server that plays the same turns in every episode: it tells the turn by the assistant turns that the
 * prompt already holds. Answers as vLLM does, with logprobs that are made up.
 */
export function startScriptedPolicy(
  tokenizer: ChatTokenizer,
  turns: readonly string[],
  delayMs: number,
): Promise<FakeHttpServer> {
  const encoded = turns.map((turn) => tokenizer.encodeAssistant(turn));
  const opening = tokenizer.encodePrompt([]);
  return startHttpServer(async ({ body }) => {
    await sleep(delayMs * (0.5 + Math.random()));
    const prompt = body["prompt"] as number[];
    const ids = encoded[countRuns(prompt, opening) - 1] ?? encoded.at(-1) ?? [];
    return {
      body: {
        choices: [
          {
            token_ids: ids,
            prompt_token_ids: prompt,
            logprobs: { token_logprobs: ids.map(() => -0.1) },
            finish_reason: "stop",
          },
        ],
      },
    };
  });
}

function countRuns(ids: readonly number[], run: readonly number[]): number {
  return ids.filter((_, start) => run.every((id, offset) => ids[start + offset] === id)).length;
}
