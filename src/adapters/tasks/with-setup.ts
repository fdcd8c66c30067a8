import { SandboxError } from "../../platform/errors.ts";
import type { SandboxProvider } from "../../ports/sandbox.ts";

const SHOWN_LENGTH = 300;

/** A provider that runs the set-up of a spec in every sandbox it opens; one whose set-up fails is never handed over. */
export function withSetup(provider: SandboxProvider): SandboxProvider {
  return {
    name: provider.name,
    warm: (spec, count) => provider.warm?.(spec, count),
    prefetch: (images) => provider.prefetch?.(images),
    checkImage: async (image, options) => (await provider.checkImage?.(image, options)) ?? null,
    close: () => provider.close(),
    async open(spec, options) {
      const sandbox = await provider.open(spec, options);
      if (spec.setup === undefined) return sandbox;
      try {
        const result = await sandbox.run(spec.setup, options);
        if (result.status === "exited" && result.exit_code === 0) return sandbox;
        const ending = result.status === "exited" ? `exit code ${result.exit_code}` : result.status;
        const said = result.stderr.text.trim().slice(-SHOWN_LENGTH);
        throw new SandboxError("SWERL_SANDBOX_SETUP", `the set-up of a sandbox ended with ${ending}: ${said}`, {
          hint: "the image is not what its task expects; swerl tasks validate tells which tasks",
        });
      } catch (error) {
        await sandbox.close();
        throw error;
      }
    },
  };
}
