import { defineConfig } from "tsdown";

export default defineConfig({
  entry: [
    "src/cli/main.ts",
    "src/{objective,engine,models,preferences,rewards,align,evaluate,report,serve}/index.ts",
  ],
  format: "esm",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  platform: "node",
  target: "node20",
  dts: true,
  sourcemap: false,
  clean: true,
});
