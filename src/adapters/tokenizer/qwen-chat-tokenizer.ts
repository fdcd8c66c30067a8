import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Tokenizer } from "@huggingface/tokenizers";

import { InputError } from "../../platform/errors.ts";
import type { ChatTokenizer } from "../../ports/chat-tokenizer.ts";

const START = "<|im_start|>";
const END = "<|im_end|>";
const END_OF_TEXT = "<|endoftext|>";

/**
 * Loads tokenizer.json and tokenizer_config.json of a Qwen-format model folder. Text is cut only at special
 * tokens: a message is START, the plain encoding of `role\ntext`, END, the plain encoding of a newline.
 * Rejects with InputError when the folder holds no such tokenizer.
 */
export async function loadQwenChatTokenizer(directory: string): Promise<ChatTokenizer> {
  const definition = await readJson(join(directory, "tokenizer.json"));
  const config = await readJson(join(directory, "tokenizer_config.json"));
  const whole = new Tokenizer(definition, config);
  // The same vocabulary without special tokens: a repository that holds the text of one stays text.
  const plain = new Tokenizer({ ...definition, added_tokens: [] }, config);
  const special = (token: string): number => {
    const id = whole.token_to_id(token);
    if (id === undefined) {
      throw new InputError("SWERL_TOKENIZER_FORMAT", `${directory}: tokenizer.json has no token ${token}`, {
        hint: "use a model in the Qwen chat format (ChatML)",
      });
    }
    return id;
  };
  const [start, end, endOfText] = [special(START), special(END), special(END_OF_TEXT)];
  const encode = (text: string): number[] => (text === "" ? [] : plain.encode(text, { add_special_tokens: false }).ids);
  const newline = encode("\n");
  const message = (role: string, text: string): number[] => [start, ...encode(`${role}\n${text}`), end, ...newline];
  const openAssistant = [start, ...encode("assistant\n")];
  const stopTokenIds = [end, endOfText];
  return {
    encodePrompt: (messages) => [...messages.flatMap(({ role, content }) => message(role, content)), ...openAssistant],
    encodeObservation: (observation, closeTurn) => [
      ...(closeTurn ? [end] : []),
      ...newline,
      ...message("user", observation),
      ...openAssistant,
    ],
    decode: (tokenIds) => {
      const stop = tokenIds.findIndex((id) => stopTokenIds.includes(id));
      const text = stop === -1 ? tokenIds : tokenIds.slice(0, stop);
      if (text.length === 0) return "";
      return whole.decode([...text], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    },
    encodeAssistant: (text) => [...encode(text), end],
    stopTokenIds,
    vocabSize: vocabularySize(definition),
  };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError("SWERL_TOKENIZER_MISSING", `${path}: not a readable JSON file`, {
      hint: "set policy.tokenizer to the model's folder",
      cause,
    });
  }
}

function vocabularySize(definition: Record<string, unknown>): number {
  const model = definition["model"] as { vocab?: Record<string, number> } | undefined;
  const added = (definition["added_tokens"] ?? []) as { id: number }[];
  const ids = [...Object.values(model?.vocab ?? {}), ...added.map((token) => token.id)];
  return ids.reduce((largest, id) => Math.max(largest, id), -1) + 1;
}
