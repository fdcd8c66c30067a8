import { z } from "zod";

import { describe } from "./describe.ts";

const DOCKER_HOST = /^(unix:\/\/\/.+|tcp:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5})$/;
const nullableText = z.string().min(1).nullable();

export const runSectionSchema = z.strictObject({
  directory: describe(
    "Folder of the run; null = runs/NAME-COMMAND, NAME from the last config file. The same folder resumes the same run.",
    nullableText.default(null),
  ),
  seed: describe("Seed of everything random on our side: task order, batches, sampling seeds.", z.int().default(0)),
  seed_sampling: describe(
    "Send a seed with every sampling request; null = with the embedded policy only (some servers slow down or fail).",
    z.boolean().nullable().default(null),
  ),
  max_concurrency: describe(
    "Trajectories in flight at once, and so sandboxes and requests to the policy.",
    z.int().min(1).max(4096).default(16),
  ),
});

export const tasksSectionSchema = z.strictObject({
  path: describe(
    "Folder of a task set in the SWE-bench v5 task-repo layout.",
    z.string().min(1).default("tasks/drill"),
  ),
  subset: describe(
    "A named subset that the task set must hold whole: verified, verified-50 or rebench:YYYY_MM (a split of that name); or a file of instance ids. null = all.",
    nullableText.default(null),
  ),
  split: describe("Only instances of this split; null = all.", nullableText.default(null)),
  limit: describe(
    "At most this many instances, after the other selections; null = all.",
    z.int().min(1).nullable().default(null),
  ),
  slice: describe(
    "Python-like slice of the selected instances, `start:stop`; null = all.",
    z
      .string()
      .regex(/^-?\d*:-?\d*$/, "expected start:stop, for example 0:50")
      .nullable()
      .default(null),
  ),
  filter: describe(
    "Regular expression that an instance_id must match; null = all.",
    z.string().refine(isRegularExpression, "expected a regular expression").nullable().default(null),
  ),
  shuffle: describe(
    "Take the instances in a random order of run.seed, before slice and limit.",
    z.boolean().default(false),
  ),
  task_ids: describe("Only these instances; null = all.", z.array(z.string().min(1)).min(1).nullable().default(null)),
  log_parser_command: describe(
    "Command that reads the logs of instances whose log parser is external:NAME (Multi-SWE-bench): JSON with instance_id, repo, parser and log on its standard input, statuses by test as JSON on its output. null = there are none.",
    z
      .tuple([z.string().min(1)], z.string())
      .nullable()
      .default(null),
  ),
  require_valid: describe(
    "Refuse to run instances that `swerl tasks validate` does not vouch for as they are now; false = warn.",
    z.boolean().default(false),
  ),
});

export const policySectionSchema = z.strictObject({
  kind: describe(
    "embedded: the trainer worker also samples. openai: an OpenAI-compatible server that takes and returns token ids (vLLM). chat: any chat/completions endpoint, for evaluation only, since no token ids come back; sampling settings that are off are not sent to it.",
    z.enum(["embedded", "openai", "chat"]).default("embedded"),
  ),
  base_url: describe("Root of the policy server's API, with /v1 (openai, chat).", z.url().nullable().default(null)),
  model: describe("Name of the model as the policy server knows it (openai, chat).", nullableText.default(null)),
  tokenizer: describe(
    "Folder with tokenizer.json and tokenizer_config.json in the Qwen chat format; null = the trainer's base model.",
    nullableText.default(null),
  ),
  weight_updates: describe(
    "Who gives new weights to the policy server (openai): trainer, when the Tinker server feeds it; vllm, by reload_weights on a server started with VLLM_SERVER_DEV_MODE=1 that sees the trainer's files; none, when the server is only evaluated.",
    z.enum(["none", "trainer", "vllm"]).default("none"),
  ),
  api_key_env: describe(
    "Environment variable that holds the server's key (openai, chat); null = no key.",
    nullableText.default(null),
  ),
  request_timeout_s: describe("Deadline of one request to the policy.", z.number().positive().default(600)),
  max_context_tokens: describe(
    "Window of the policy server, checked against agent.max_context_tokens; null = not checked.",
    z.int().min(1).nullable().default(null),
  ),
});

export const trainerSectionSchema = z.strictObject({
  kind: describe(
    "embedded: the Python worker in trainer/ is started and stopped by swerl. tinker: a server that speaks the Tinker protocol.",
    z.enum(["embedded", "tinker"]).default("embedded"),
  ),
  base_model: describe(
    "Model folder (embedded) or model name (tinker) that training starts from.",
    z.string().min(1).default("checkpoints/base"),
  ),
  initial_state: describe(
    "Weights to start from instead of the base model: a checkpoint path of an earlier run, or the directory of that run.",
    nullableText.default(null),
  ),
  base_url: describe("Root of the Tinker server (tinker).", z.url().nullable().default(null)),
  api_key_env: describe(
    "Environment variable that holds the Tinker server's key; null = no key.",
    nullableText.default(null),
  ),
  dialect: describe(
    "Wire form and loss reduction of the Tinker server: swerl (JSON, sums) or skyrl (JSON, mean of sequence means).",
    z.enum(["swerl", "skyrl"]).default("swerl"),
  ),
  python: describe(
    "Python interpreter that has the worker's packages (embedded).",
    z.string().min(1).default("trainer/.venv/bin/python"),
  ),
  dtype: describe("Number format of the forward pass (embedded).", z.enum(["float32", "bfloat16"]).default("bfloat16")),
  device: describe(
    "Where the worker computes (embedded): cpu, cuda, or one GPU as cuda:N.",
    z
      .string()
      .regex(/^(?:cpu|cuda(?::\d+)?)$/, "expected cpu, cuda or cuda:N")
      .default("cpu"),
  ),
  threads: describe(
    "CPU threads of the worker (embedded); null = all cores.",
    z.int().min(1).max(1024).nullable().default(null),
  ),
  lora_rank: describe(
    "Rank of LoRA adapters; 0 = full fine-tuning, as in the paper.",
    z.int().min(0).max(1024).default(0),
  ),
  request_timeout_s: describe("Deadline of one trainer operation.", z.number().positive().default(3600)),
});

export const sandboxSectionSchema = z.strictObject({
  kind: describe(
    "auto: bubblewrap for tasks without an image or whose image is unpacked (swerl images unpack), Docker for others.",
    z.enum(["auto", "bubblewrap", "docker"]).default("auto"),
  ),
  docker_hosts: describe(
    "Docker engines that share the sandboxes, each unix:///PATH or tcp://HOST:PORT; null = DOCKER_HOST, or the local one.",
    z
      .array(z.string().regex(DOCKER_HOST, "expected unix:///PATH or tcp://HOST:PORT"))
      .min(1)
      .refine((hosts) => new Set(hosts).size === hosts.length, "expected each host once")
      .nullable()
      .default(null),
  ),
  docker_tls: describe(
    "Folder with ca.pem, cert.pem and key.pem for tcp hosts; null = DOCKER_CERT_PATH. Only a loopback address goes without.",
    nullableText.default(null),
  ),
  docker_runtime: describe(
    "Runtime of the engines for the sandboxes, runsc (gVisor) say; null = the engine's default.",
    nullableText.default(null),
  ),
  image_cache_gb: describe(
    "GB of images that swerl keeps: unpacked ones on this host, pulled ones on each Docker engine. Beyond that the least recently used go; those in use, and images that swerl did not bring, stay.",
    z.number().min(0).default(100),
  ),
  memory_mb: describe("Memory limit of one sandbox, in MiB.", z.int().min(32).default(2048)),
  max_processes: describe("Processes and threads one sandbox may have.", z.int().min(8).default(256)),
  disk_mb: describe("What one sandbox may write, in MiB.", z.int().min(1).default(2048)),
  command_timeout_s: describe(
    "Time one command of the agent may take before its process tree is killed.",
    z.number().positive().default(90),
  ),
});

function isRegularExpression(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
