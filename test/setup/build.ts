import { execFileSync } from "node:child_process";

/** The journeys in `test/` run the built command line and its page, so they are built from the sources under test. */
export default function build(): void {
  if (process.env.ALLGOOD_SKIP_BUILD) return;
  execFileSync("npx", ["tsdown", "--log-level", "error"], { stdio: "inherit" });
  execFileSync("npx", ["vite", "build", "--logLevel", "error"], { stdio: "inherit" });
}
