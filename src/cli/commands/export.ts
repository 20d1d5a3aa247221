import type { Command } from "commander";
import { action, type Outcome, type Register } from "../command.ts";
import { shellWord } from "../export/recipe.ts";
import { type Exported, type ExportOptions, exportFor, type Trainer } from "../export/run.ts";
import { registerExportReport } from "../export-report/register.ts";
import { notNegative, positiveWholeNumber } from "../options.ts";

type Report = (outcome: Outcome) => void;

const START: Record<Trainer, string> = {
  trl: "python train.py prompts.jsonl",
  openrlhf: "./train.sh prompts.jsonl",
  verl: "./train.sh prompts.jsonl",
};

const PER_VALUE: Record<Trainer, string | undefined> = {
  trl: "one reward function a value, normalised by TRL before it sums them (GDPO)",
  openrlhf: undefined,
  verl: "one reward a value, normalised by verl before it sums them (GDPO)",
};

const example = (trainer: Trainer) =>
  `allgood export ${trainer} --objective objective.json --url http://localhost:8080 --model Qwen/Qwen3-0.6B --out ${trainer}`;

/** `allgood export`: hand the objective to somebody else's trainer. */
export const registerExport: Register = (program, report) => {
  const command = program
    .command("export")
    .description("a run's report, or a launch script for TRL, OpenRLHF or verl")
    .addHelpText("after", `\nExample:\n  ${example("trl")}`);
  add(command, report, "trl", "a Python script with TRL's GRPO");
  add(command, report, "openrlhf", "a shell script with OpenRLHF's RLOO");
  add(command, report, "verl", "a shell script with verl's RLOO, or GDPO");
  registerExportReport(command, report);
};

function add(parent: Command, report: Report, trainer: Trainer, description: string): void {
  const command = parent
    .command(trainer)
    .description(`${description}; the Python client lies beside it`)
    .requiredOption("--objective <file>", "what the server serves")
    .requiredOption("--url <url...>", "where it is served; several servers share the work")
    .requiredOption("--model <name>", "the policy: a name on the Hugging Face hub, or a folder")
    .requiredOption("--out <dir>", "folder for the script")
    .option("--kl-weight <number>", "γ in E[u] − γ KL(π ‖ reference policy)", notNegative, 0.1)
    .option("--samples <n>", "responses a prompt in one step", positiveWholeNumber, 8);
  if (PER_VALUE[trainer] !== undefined) command.option("--per-value", PER_VALUE[trainer]);
  command.addHelpText("after", `\nExample:\n  ${example(trainer)}`).action(
    action<ExportOptions>(report, async (_, options) => {
      const exported = await exportFor(trainer, options);
      return { json: exported, text: describe(exported, options) };
    }),
  );
}

/** A path to be pasted into a shell. */
const pasted = (path: string): string => (/^[\w./@%+:,-]+$/.test(path) ? path : shellWord(path));

function describe({ trainer, out, files, goal, hash }: Exported, { objective }: ExportOptions): string {
  const own = files.filter((file) => !file.startsWith("allgood_rewards"));
  return [
    `${goal} (objective ${hash.slice(0, 12)}…)`,
    `${out}: ${own.join(", ")}, and the Python client`,
    "",
    "Then:",
    `  allgood serve ${pasted(objective)}`,
    `  cd ${pasted(out)} && ${START[trainer]}`,
  ].join("\n");
}
