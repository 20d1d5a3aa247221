import { defineConfig } from "vitest/config";

/** Not `*.test.ts`, so that no other run finds them. One after another: each starts servers that fill the machine. */
export default defineConfig({
  test: {
    dir: import.meta.dirname,
    include: ["**/*.check.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 400_000,
  },
});
