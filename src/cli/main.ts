#!/usr/bin/env node
import { run } from "./run.ts";

let unwritten: string | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // a reader that has seen enough, as in "… | head", is no failure
  if (error.code !== "EPIPE") unwritten = error.message;
});

process.exitCode = await run(process.argv.slice(2));
process.on("exit", () => {
  if (unwritten === undefined) return;
  process.stderr.write(`error: standard output: can't write it (found ${unwritten})\n`);
  process.exitCode = 1;
});
