import type { ConfigIssue } from "./describe-issues.ts";
import { valueAt } from "./describe-issues.ts";
import { type ConfigInput, configSchema } from "./schema.ts";

export type ConfigCommand = "rollout" | "rft" | "train" | "eval" | "doctor";

const OPENAI_ONLY = ["base_url", "model", "weight_updates", "api_key_env", "max_context_tokens"] as const;
const OPENAI_NEEDED = ["base_url", "model", "tokenizer"] as const;
/** What a server that takes no token ids has no use for. */
const TOKENS_ONLY = ["tokenizer", "weight_updates"] as const;
const TINKER_ONLY = ["base_url", "api_key_env", "dialect"] as const;
const EMBEDDED_TRAINER_ONLY = ["python", "dtype", "device", "threads"] as const;
const PAPER_SET_ONLY = ["tools", "footer", "window_lines"] as const;
const NEUTRAL_SAMPLING = { temperature: 1, top_p: 1, top_k: -1, min_p: 0 } as const;

/**
 * Knobs that the chosen engines cannot honour, and keys that only make sense together. A setting that would be
 * ignored is an error here, never a silent no-op.
 * @param given The merged values before defaults: what the person wrote.
 */
export function checkEngines(config: ConfigInput, given: unknown, command: ConfigCommand): ConfigIssue[] {
  return [
    ...checkPolicy(config, given),
    ...checkTrainer(config, given),
    ...(config.agent.tool_set === "paper" ? [] : unused(given, "agent", PAPER_SET_ONLY, "agent.tool_set: paper")),
    ...checkLimits(config),
    ...checkTraining(config, given, command),
  ];
}

function checkPolicy({ policy, trainer }: ConfigInput, given: unknown): ConfigIssue[] {
  if (policy.kind === "embedded") {
    const issues = unused(given, "policy", OPENAI_ONLY, "policy.kind: openai");
    if (trainer.kind !== "embedded") {
      issues.push(
        issue(
          "policy.kind",
          "expected openai: the embedded policy lives in the embedded trainer, and trainer.kind is tinker",
        ),
      );
    }
    return issues;
  }
  const needed = policy.kind === "chat" ? (["base_url", "model"] as const) : OPENAI_NEEDED;
  return [
    ...needed
      .filter((key) => policy[key] === null)
      .map((key) => issue(`policy.${key}`, `expected a value, because policy.kind is ${policy.kind}`)),
    ...(policy.kind === "chat" ? unused(given, "policy", TOKENS_ONLY, "policy.kind: openai") : []),
  ];
}

function checkTrainer({ trainer }: ConfigInput, given: unknown): ConfigIssue[] {
  if (trainer.kind === "embedded") return unused(given, "trainer", TINKER_ONLY, "trainer.kind: tinker");
  const issues = unused(given, "trainer", EMBEDDED_TRAINER_ONLY, "trainer.kind: embedded");
  if (trainer.base_url === null)
    issues.push(issue("trainer.base_url", "expected a URL, because trainer.kind is tinker"));
  return issues;
}

function checkLimits({ agent, policy, reward }: ConfigInput): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (agent.max_tokens_per_turn > agent.max_context_tokens) {
    issues.push(
      issue("agent.max_tokens_per_turn", `expected at most agent.max_context_tokens (${agent.max_context_tokens})`),
    );
  }
  if (policy.max_context_tokens !== null && agent.max_context_tokens > policy.max_context_tokens) {
    issues.push(
      issue("agent.max_context_tokens", `expected at most policy.max_context_tokens (${policy.max_context_tokens})`),
    );
  }
  const threshold = reward.length_penalty_threshold;
  if (threshold !== null && threshold >= agent.max_turns) {
    issues.push(
      issue(
        "reward.length_penalty_threshold",
        `expected less than agent.max_turns (${agent.max_turns}), or null for no penalty`,
      ),
    );
  }
  return issues;
}

function checkTraining(
  { sampling, policy, trainer, train, rft }: ConfigInput,
  given: unknown,
  command: ConfigCommand,
): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (command !== "train" && command !== "rft") {
    if (policy.kind !== "embedded" && trainer.initial_state !== null) {
      issues.push(
        issue("trainer.initial_state", `expected null: swerl ${command} uses the weights that the policy server has`),
      );
    }
    return issues;
  }
  if (policy.kind === "chat") {
    issues.push(
      issue(
        "policy.kind",
        "expected embedded or openai: a chat endpoint returns no token ids, so nothing it says trains",
      ),
    );
  }
  if (policy.kind === "openai" && valueAt(given, ["trainer", "base_model"]) === undefined) {
    issues.push(issue("trainer.base_model", "expected the model that the policy server has: it is what trains"));
  }
  if (command === "train") {
    for (const [key, neutral] of Object.entries(NEUTRAL_SAMPLING)) {
      if (sampling[key as keyof typeof NEUTRAL_SAMPLING] !== neutral) {
        issues.push(
          issue(`sampling.${key}`, `expected ${neutral}: train needs the distribution that the policy is trained on`),
        );
      }
    }
    if (policy.kind === "openai" && policy.weight_updates === "none") {
      issues.push(issue("policy.weight_updates", "expected trainer or vllm: training must reach the policy server"));
    }
  }
  if (policy.weight_updates === "vllm" && trainer.kind === "tinker") {
    issues.push(issue("policy.weight_updates", "expected trainer: the files of a Tinker server are not known here"));
  }
  if (policy.weight_updates === "trainer" && trainer.kind === "embedded") {
    issues.push(issue("policy.weight_updates", "expected vllm: the embedded trainer feeds no other server by itself"));
  }
  const gradClipNorm = command === "train" ? train.grad_clip_norm : rft.grad_clip_norm;
  if (trainer.kind === "tinker" && trainer.dialect === "skyrl") {
    if (trainer.lora_rank === 0) {
      issues.push(issue("trainer.lora_rank", "expected 1 or more: a skyrl server trains LoRA adapters only"));
    }
    if (gradClipNorm !== null) {
      issues.push(issue(`${command}.grad_clip_norm`, "expected null: a skyrl server does not clip gradients"));
    }
  }
  return issues;
}

/** Keys that were set to something although nothing would read them. Their default asks for nothing. */
function unused(given: unknown, section: string, keys: readonly string[], owner: string): ConfigIssue[] {
  const defaults: unknown = configSchema.parse({});
  return keys
    .filter((key) => {
      const value = valueAt(given, [section, key]) ?? null;
      return value !== null && JSON.stringify(value) !== JSON.stringify(valueAt(defaults, [section, key]));
    })
    .map((key) => issue(`${section}.${key}`, `expected nothing: only ${owner} uses it`));
}

function issue(path: string, message: string): ConfigIssue {
  return { path: path.split("."), message, atKey: false };
}
