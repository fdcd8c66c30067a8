import type { AgentSettings } from "./agent-settings.ts";
import type { ChatMessage } from "./chat-message.ts";

/** The messages before the first turn: system prompt, the demonstration when asked for, the issue. */
export function renderPrompt(settings: AgentSettings, problemStatement: string, cwd: string): ChatMessage[] {
  const footer = settings.footer.replaceAll("{cwd}", cwd).replaceAll("{file}", "none");
  const issue = settings.instancePrompt.replaceAll("{problem_statement}", problemStatement.trim());
  return [
    { role: "system", content: settings.systemPrompt },
    ...(settings.demonstration === null ? [] : [{ role: "user", content: settings.demonstration } as const]),
    { role: "user", content: `${issue}\n${footer}` },
  ];
}
