import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["test/setup/properties.ts"],
    globalSetup: ["test/setup/build.ts"],
    reporters: ["default", "./test/setup/summary.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
