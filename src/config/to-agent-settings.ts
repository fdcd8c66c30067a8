import type { AgentSettings } from "../domain/agent/agent-settings.ts";
import { DEMONSTRATION } from "./paper-prompts.ts";
import type { Config } from "./schema.ts";

/** The scaffold's settings in its own units (milliseconds). */
export function toAgentSettings({ agent, sandbox }: Config): AgentSettings {
  return {
    tools: agent.tools,
    systemPrompt: agent.system_prompt,
    instancePrompt: agent.instance_prompt,
    demonstration: agent.demonstration ? DEMONSTRATION : null,
    footer: agent.footer,
    maxTurns: agent.max_turns,
    maxContextTokens: agent.max_context_tokens,
    maxTokensPerTurn: agent.max_tokens_per_turn,
    maxFormatErrors: agent.max_format_errors,
    windowLines: agent.window_lines,
    observationLimitChars: agent.observation_limit_chars,
    commandTimeoutMs: sandbox.command_timeout_s * 1000,
    trajectoryTimeoutMs: agent.trajectory_timeout_s * 1000,
  };
}
