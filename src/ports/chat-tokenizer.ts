import type { ChatMessage } from "../domain/agent/chat-message.ts";

/**
 * Turns chat text into token ids in the model's own chat format (Qwen: ChatML). Observation and prompt text is
 * encoded with special tokens disabled, so that nothing in a repository can forge a turn.
 */
export interface ChatTokenizer {
  /** Ids of system and user messages, ending where the assistant's first token goes. */
  encodePrompt(messages: readonly ChatMessage[]): number[];
  /**
   * Ids that follow an assistant turn: the end-of-turn token if sampling stopped for length, the observation
   * as a user message, and the opening of the next assistant turn. None of them train.
   */
  encodeObservation(observation: string, closeTurn: boolean): number[];
  /** Text of sampled ids without the end-of-turn token; for parsing and for people, never encoded again. */
  decode(tokenIds: readonly number[]): string;
  /** Ids of an assistant message with its end-of-turn token: for demonstrations and scripted policies only. */
  encodeAssistant(text: string): number[];
  /** Ids that end a turn, for `stop_token_ids`. */
  readonly stopTokenIds: readonly number[];
  readonly vocabSize: number;
}
