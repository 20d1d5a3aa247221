/**
 * `npm run test:servers`: our remote rewards, policies and proxy against model servers of others, started for real on tiny
 * models that are made in place. Opt-in, since it needs them installed; what is not there is left out and said.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lookForServers, passOn, pythons, pythonWith } from "./found.ts";

const { servers, absent } = lookForServers();
console.log(`looked into ${pythons.join(", ")}`);
for (const [kind, { command, version }] of Object.entries(servers))
  console.log(`FOUND   ${kind} ${version} (${command})`);
for (const each of absent) console.log(`ABSENT  ${each}`);
const maker = pythonWith(["torch", "transformers"]);
if (Object.keys(servers).length === 0 || maker === undefined) {
  const missing =
    maker === undefined
      ? "pip install torch transformers, which make the models"
      : "none of the servers is here";
  console.error(
    `nothing ran: ${missing}. Name Pythons that have them: ALLGOOD_SERVER_PYTHONS=/a/bin/python:/b/bin/python`,
  );
  process.exit(1);
}

const models = mkdtempSync(join(tmpdir(), "allgood-servers-"));
try {
  make(maker, "make_models.py", models);
  const gguf = pythonWith(["gguf", "safetensors"]);
  if (gguf) make(gguf, "make_gguf.py", join(models, "policy"), join(models, "policy.gguf"));
  const config = join(import.meta.dirname, "vitest.config.ts");
  const { status } = spawnSync("npx", ["vitest", "run", "--config", config, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, ...passOn({ models, servers }) },
  });
  for (const each of absent) console.log(`LEFT OUT  ${each}`);
  process.exitCode = status ?? 1;
} finally {
  rmSync(models, { recursive: true, force: true });
}

function make(python: string, script: string, ...args: string[]): void {
  execFileSync(python, ["-W", "ignore", join(import.meta.dirname, script), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HF_HUB_OFFLINE: "1", PYTHONDONTWRITEBYTECODE: "1" },
  });
}
