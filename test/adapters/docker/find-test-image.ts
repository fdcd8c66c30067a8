import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const IMAGE = "swerl-test:1";

/** The image for tests against a real engine, or why there is none here. In CI a missing one is made. */
export async function findTestImage(): Promise<{ image: string } | { missing: string }> {
  const answer = async (file: string, ...args: string[]): Promise<string | null> => {
    try {
      await run(file, args, { timeout: 600_000 });
      return null;
    } catch (error) {
      return (error as { stderr?: string }).stderr?.trim().split("\n").at(-1) ?? String(error);
    }
  };
  const engine = await answer("docker", "version");
  if (engine !== null) return { missing: `no Docker engine answers (scripts/start-docker starts one): ${engine}` };
  if ((await answer("docker", "image", "inspect", IMAGE)) === null) return { image: IMAGE };
  if (process.env["CI"] === undefined) return { missing: `no image ${IMAGE} (scripts/make-test-image makes it)` };
  const made = await answer(fileURLToPath(new URL("../../../scripts/make-test-image", import.meta.url)));
  return made === null ? { image: IMAGE } : { missing: `${IMAGE} could not be made: ${made}` };
}
