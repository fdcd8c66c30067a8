import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real sandboxes and processes: on a small machine more workers only take each other's time.
    maxWorkers: 2,
    restoreMocks: true,
  },
});
