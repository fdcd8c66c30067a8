import type { ChatTokenizer } from "../../src/ports/chat-tokenizer.ts";

/** One id a UTF-16 unit, shifted past three special ids: 0 ends a turn, 1 opens a user message, 2 the assistant's. */
export const characterTokenizer: ChatTokenizer = {
  encodePrompt: (messages) => [...messages.flatMap(({ content }) => [1, ...encode(content), 0]), 2],
  encodeObservation: (observation, closeTurn) => [...(closeTurn ? [0] : []), 1, ...encode(observation), 0, 2],
  decode: (tokenIds) =>
    tokenIds
      .filter((id) => id > 2)
      .map((id) => String.fromCharCode(id - 3))
      .join(""),
  encodeAssistant: (text) => [...encode(text), 0],
  stopTokenIds: [0],
  vocabSize: 65_539,
};

function encode(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index) + 3);
}
