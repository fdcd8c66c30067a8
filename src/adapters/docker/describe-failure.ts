import { z } from "zod";

import { DeadlineError } from "../../platform/deadline.ts";
import { isDiskFull } from "../../platform/disk-space.ts";
import { SandboxError, SwerlError } from "../../platform/errors.ts";
import { ANSWER_TOO_LARGE } from "./engine-agent.ts";

const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  // How engines answer an address with empty parts or dots in it, such as a malformed name makes.
  301: "SWERL_DOCKER_BAD_REQUEST",
  400: "SWERL_DOCKER_BAD_REQUEST",
  404: "SWERL_DOCKER_NOT_FOUND",
  409: "SWERL_DOCKER_CONFLICT",
};

/** What went wrong with a call to an engine, as a SandboxError whose code says which kind of failure it was; what is named already stays as it is. */
export function describeFailure(error: unknown, what: string, timeoutMs: number): SwerlError {
  const fail = (code: string, reason: string, hint?: string): SandboxError =>
    new SandboxError(code, `docker ${what}: ${reason}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  if (error instanceof SwerlError) return error;
  if (error instanceof DeadlineError) return fail("SWERL_DOCKER_TIMEOUT", `no answer in ${timeoutMs} ms`);
  if (error instanceof z.ZodError) {
    return fail("SWERL_DOCKER_GARBAGE", `an answer that is none of Docker's: ${z.prettifyError(error)}`);
  }
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const reason = message ?? String(error);
  if (code === "EACCES") {
    return fail("SWERL_DOCKER_DENIED", reason, "add yourself to the docker group, or run as root");
  }
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return fail("SWERL_DOCKER_UNREACHABLE", reason, "start Docker, or use the bubblewrap sandbox");
  }
  if (isDiskFull(error)) return fail("SWERL_DISK_FULL", reason, "free some space on the engine's disk");
  if (code === ANSWER_TOO_LARGE) return fail("SWERL_DOCKER_TOO_LARGE", reason);
  if (statusCode === undefined) return fail("SWERL_DOCKER_CONNECTION_LOST", reason);
  return fail(CODES_BY_STATUS[statusCode] ?? "SWERL_DOCKER_REFUSED", reason);
}

/** Why a container did not start: the engine's own words, but for an image without bash. */
export function describeStartFailure(error: unknown, image: string): unknown {
  if (!(error instanceof SandboxError) || !/bash.*(no such file|not found)/i.test(error.message)) return error;
  return new SandboxError("SWERL_IMAGE_NO_BASH", `image ${image} has no /bin/bash`, {
    hint: "install bash in the image; every sandbox needs it",
    cause: error,
  });
}
