import { execFileSync } from "node:child_process";

/** The journeys in `test/` run the built command line, so it is built from the sources under test. */
export default function build(): void {
  if (process.env.ALLGOOD_SKIP_BUILD) return;
  execFileSync("npx", ["tsdown", "--log-level", "error"], { stdio: "inherit" });
}
