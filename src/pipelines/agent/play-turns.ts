import { type ParsedAction, parseAction, renderFormatError } from "../../domain/agent/parse-action.ts";
import { renderObservation } from "../../domain/agent/render-observation.ts";
import { renderPrompt } from "../../domain/agent/render-prompt.ts";
import type { ExitStatus } from "../../domain/exit-status.ts";
import { appendContext, appendSampled, type TokenRecord } from "../../domain/token-record.ts";
import type { Turn } from "../../domain/trajectory.ts";
import { CONTEXT_FULL, PolicyError } from "../../platform/errors.ts";
import type { Completion } from "../../ports/policy.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import type { RunTrajectoryOptions } from "../run-trajectory.ts";
import { type ActionOutcome, runAction } from "./run-action.ts";
import type { AgentState, ToolContext } from "./tool-context.ts";

/** What an episode has gathered so far; grows by one turn at a time and survives a failure in the next. */
export interface Episode {
  readonly tokens: TokenRecord;
  readonly turns: Turn[];
  /** performance.now() at which the episode is out of time. */
  readonly deadlineAt: number;
}

/** Takes turns until one of them ends the episode. */
export async function playTurns(
  sandbox: Sandbox,
  episode: Episode,
  options: RunTrajectoryOptions,
): Promise<ExitStatus> {
  const { agent, tokenizer, spec } = options;
  const state: AgentState = { cwd: spec.workdir, open: null };
  const prompt = renderPrompt(agent, options.instance.problem_statement, spec.workdir);
  appendContext(episode.tokens, tokenizer.encodePrompt(prompt));
  for (;;) {
    const ended = await takeTurn(sandbox, state, episode, options);
    if (ended !== null) return ended;
  }
}

/** One turn: query, parse, execute, append. Answers the exit status when the episode is over. */
async function takeTurn(
  sandbox: Sandbox,
  state: AgentState,
  episode: Episode,
  options: RunTrajectoryOptions,
): Promise<ExitStatus | null> {
  const { agent } = options;
  const limit = limitReached(episode, agent.maxTurns, agent.maxContextTokens);
  if (limit !== null) return limit;
  const sampledStart = episode.tokens.token_ids.length;
  const completion = await query(episode, options);
  if (completion === null) return "context_limit";
  appendSampled(episode.tokens, completion.token_ids, completion.logprobs);
  const text = options.tokenizer.decode(completion.token_ids);
  const parsed: ParsedAction | { kind: "format_error"; error: "length" } =
    completion.finish_reason === "length" ? { kind: "format_error", error: "length" } : parseAction(text);
  const context: ToolContext = {
    sandbox,
    state,
    settings: agent,
    call: {
      signal: options.signal,
      timeoutMs: Math.max(1, episode.deadlineAt - performance.now()),
    },
  };
  const outcome: ActionOutcome =
    parsed.kind === "command"
      ? await runAction(parsed.command, context)
      : { kind: "observation", text: renderFormatError(parsed.error) };
  const observation =
    outcome.kind === "submit"
      ? ""
      : renderObservation(
          outcome.text,
          agent.footer,
          { cwd: state.cwd, file: state.open?.path ?? null },
          agent.observationLimitChars,
        );
  episode.turns.push({
    sampled_start: sampledStart,
    sampled_count: completion.token_ids.length,
    text,
    action: parsed.kind === "command" ? parsed.command : null,
    format_error: parsed.kind === "command" ? "none" : parsed.error,
    observation,
    finish_reason: completion.finish_reason,
    policy_version: completion.policy_version,
  });
  if (outcome.kind === "submit") return "submitted";
  if (outcome.kind === "sandbox_died") return "sandbox_broken_by_agent";
  if (trailingFormatErrors(episode.turns) >= agent.maxFormatErrors) return "format_errors";
  appendContext(episode.tokens, options.tokenizer.encodeObservation(observation, completion.finish_reason !== "stop"));
  return null;
}

/** null when the server's window is smaller than ours and has no room left. */
async function query(episode: Episode, options: RunTrajectoryOptions): Promise<Completion | null> {
  const { agent } = options;
  const room = agent.maxContextTokens - episode.tokens.token_ids.length;
  const completion = options.policy.sample(
    {
      prompt_token_ids: episode.tokens.token_ids,
      sampling: options.sampling,
      max_tokens: Math.min(agent.maxTokensPerTurn, room),
      ...(options.seed === undefined ? {} : { seed: options.seed + episode.turns.length }),
    },
    options.signal,
  );
  return completion.catch((error: unknown) => {
    if (error instanceof PolicyError && error.code === CONTEXT_FULL) return null;
    throw error;
  });
}

/** The limit that stands in the way of another turn, if any. */
function limitReached(episode: Episode, maxTurns: number, maxContextTokens: number): ExitStatus | null {
  if (episode.turns.length >= maxTurns) return "turn_limit";
  if (episode.tokens.token_ids.length >= maxContextTokens) return "context_limit";
  if (performance.now() >= episode.deadlineAt) return "time_limit";
  return null;
}

function trailingFormatErrors(turns: readonly Turn[]): number {
  let count = 0;
  for (const turn of turns.toReversed()) {
    if (turn.format_error === "none") break;
    count += 1;
  }
  return count;
}
