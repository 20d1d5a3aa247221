/**
 * `npm run test:trainers`: our Python package inside the trainers' own code. Opt-in, since it needs them installed; what is
 * not there is left out and said. Each check is a file of Python's unittest beside this one.
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { modules, python, pythonEnvironment } from "../support/python.ts";

/** Modules that a check imports, and what each proves. */
const CHECKS = [
  {
    file: "check_trl.py",
    needs: ["trl", "torch", "transformers", "datasets"],
    proves: "GRPO runs of TRL on a tiny model: TRL logs the rewards that the server gave",
  },
  { file: "check_ray.py", needs: ["ray", "numpy"], proves: "Ray Data's map_batches over two servers" },
  {
    file: "check_openrlhf.py",
    needs: ["torch"],
    proves:
      "OpenRLHF's requests, and its way to load a reward function (it needs GPUs to be installed itself)",
  },
  {
    file: "check_verl.py",
    needs: ["verl", "torch", "tensordict", "hydra"],
    proves: "verl's config, reward managers and GDPO advantage on what we export and return",
  },
];

if (python === undefined) {
  console.error("needs Python 3.9 or later: put it on the path, or name it in ALLGOOD_PYTHON");
  process.exit(1);
}
const have = modules([...new Set(CHECKS.flatMap(({ needs }) => needs))]);
console.log(`${python}: has ${[...have].join(", ") || "none of the trainers"}`);
const outcomes = CHECKS.map((check) => ({ ...check, outcome: run(check) }));
console.log("");
for (const { file, outcome, proves } of outcomes) console.log(`${outcome.padEnd(9)} ${file}: ${proves}`);
const ran = outcomes.filter(({ outcome }) => outcome !== "left out");
if (ran.length === 0)
  console.error("nothing ran: pip install trl torch ray, or name another Python in ALLGOOD_PYTHON");
process.exitCode = ran.length > 0 && ran.every(({ outcome }) => outcome === "passed") ? 0 : 1;

function run({ file, needs }: (typeof CHECKS)[number]): "passed" | "FAILED" | "left out" {
  const missing = needs.filter((name) => !have.has(name));
  console.log(`\n── ${file}${missing.length > 0 ? ` left out: it needs ${missing.join(", ")}` : ""}`);
  if (missing.length > 0) return "left out";
  const { status, stdout, stderr } = spawnSync(
    python!,
    ["-W", "ignore", join(import.meta.dirname, file), "-v"],
    {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      env: {
        ...pythonEnvironment("sources"),
        TOKENIZERS_PARALLELISM: "false",
        HF_HUB_OFFLINE: "1",
        WANDB_MODE: "disabled",
      },
    },
  );
  // trainers talk much: what unittest says of each test is enough, unless one fails
  const verdicts = stderr.match(/^(?:test_\w+|Ran \d+ tests? in .*|OK.*)/gm) ?? [];
  console.log(status === 0 ? verdicts.join("\n") : `${stdout.slice(-4000)}\n${stderr.slice(-8000)}`);
  return status === 0 ? "passed" : "FAILED";
}
