import { describe, expect, it } from "vitest";

import { renderConfigReference, renderConfigSchema } from "../../src/config/render-reference.ts";

/** `npx vitest run test/config -u` writes both files again. */
describe("the configuration reference", () => {
  it("docs/configuration.md is what the schemas say", async () => {
    await expect(renderConfigReference()).toMatchFileSnapshot("../../docs/configuration.md");
  });

  it("schemas/config.schema.json is what the schemas say", async () => {
    await expect(renderConfigSchema()).toMatchFileSnapshot("../../schemas/config.schema.json");
  });
});
