import { createRandom } from "../../src/domain/random.ts";
import type { TaskInstance } from "../../src/domain/task-instance.ts";
import type { Trajectory, Turn } from "../../src/domain/trajectory.ts";
import type { RolloutPorts, TrajectoryRequest } from "../../src/pipelines/rollout-ports.ts";
import { createPermits } from "../../src/platform/permits.ts";
import type { FakeTrainer } from "./fake-trainer.ts";
import { makeVerdict } from "./make-trajectory.ts";

export const VOCABULARY = 12;
const PROMPT = [1, 2];
const TURNS = 3;
const TOKENS_PER_TURN = 2;
const WANTED = 7;

/** Instances that differ by name alone. */
export function makeInstances(count: number): TaskInstance[] {
  return Array.from({ length: count }, (_, index) => ({ instance_id: `toy-${index}` }) as TaskInstance);
}

/**
 * Episodes of a bigram policy without a sandbox: three turns of two tokens; a trajectory resolves its task when it
 * holds the wanted token. The patch is the tokens, the grader reads it.
 */
export function createToyPorts(
  trainer: FakeTrainer,
  sample: (request: TrajectoryRequest) => Promise<Trajectory> = async (request) => playToyEpisode(trainer, request),
): RolloutPorts {
  return {
    tasks: {
      prepare: async () => ({
        rootfs: { kind: "host" },
        tree: null,
        workdir: "/",
        env: {},
        limits: { memoryBytes: 1, maxProcesses: 1, diskBytes: 1 },
      }),
    },
    sampleTrajectory: sample,
    grader: {
      grade: async (_, modelPatch) => makeVerdict((JSON.parse(modelPatch) as number[]).includes(WANTED) ? 1 : 0),
    },
    trajectoryPermits: createPermits(8),
    gradingPermits: createPermits(4),
  };
}

export function playToyEpisode(trainer: FakeTrainer, request: TrajectoryRequest): Trajectory {
  const random = createRandom(request.seed ?? request.trajectory_id);
  const tokenIds = [...PROMPT];
  const mask: (0 | 1)[] = [0, 0];
  const logprobs = [0, 0];
  const turns: Turn[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    turns.push({
      sampled_start: tokenIds.length,
      sampled_count: TOKENS_PER_TURN,
      text: "",
      action: "ls",
      format_error: "none",
      observation: "",
      finish_reason: "stop",
      policy_version: trainer.publishedVersion(),
    });
    for (let count = 0; count < TOKENS_PER_TURN; count++) {
      const { token, logprob } = trainer.sampleToken(tokenIds.at(-1) as number, random);
      tokenIds.push(token);
      mask.push(1);
      logprobs.push(logprob);
    }
  }
  return {
    format: "swerl.trajectory/1",
    trajectory_id: request.trajectory_id,
    instance_id: request.instance.instance_id,
    group_id: request.group_id,
    group_index: request.group_index,
    exit_status: "submitted",
    turns,
    token_ids: tokenIds,
    loss_mask: mask,
    logprobs,
    model_patch: JSON.stringify(tokenIds.slice(PROMPT.length)),
    verdict: null,
    duration_ms: 1,
  };
}
