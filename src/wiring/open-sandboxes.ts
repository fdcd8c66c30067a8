import { createBubblewrapProvider } from "../adapters/bubblewrap/bubblewrap-provider.ts";
import type { Config } from "../config/schema.ts";
import type { SandboxProvider } from "../ports/sandbox.ts";

/** The provider of sandboxes that a configuration asks for. */
export async function openSandboxes(_config: Config): Promise<SandboxProvider> {
  return createBubblewrapProvider();
}
