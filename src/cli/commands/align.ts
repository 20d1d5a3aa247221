import { InvalidArgumentError } from "commander";
import { ALGORITHMS } from "../align/algorithms.ts";
import { type AlignOptions, alignOptions } from "../align/options.ts";
import { alignCommand, describeAlign } from "../align/run.ts";
import { alignBestOfK, type BestOfKOptions, describeBestOfK } from "../best-of-k/run.ts";
import { action, type Register } from "../command.ts";
import { positiveNumber, wholeNumber } from "../options.ts";

/** `allgood align …`: brings a policy's outputs nearer to a goal. */
export const registerAlign: Register = (program, report) => {
  const align = program.command("align").description("bring outputs nearer to a goal");
  align
    .command("best-of-k")
    .description("choose the best of given candidates under an objective, and show every other way beside it")
    .requiredOption("--objective <file>", "objective file written by calibrate or audit")
    .requiredOption("--candidates <file...>", "prompts with the responses to choose among")
    .requiredOption("--out <dir>", "where chosen.jsonl, scores.jsonl, run.json and report.html go")
    .option("--gamma <number>", "soft best-of-k: choose with probability ∝ exp(u/γ)", positiveNumber)
    .option("--judge <dir...>", "reward models trained on other prompts, to judge the choices")
    .option("--judged-by <who>", "truth, judge or same-rewards (default: the strongest there is)", judgedBy)
    .option("--rewards <file>", 'JSON of "allgood reward eval", to show how good the rewards are')
    .option("--pattern <name=regex...>", "further stock phrases to probe for")
    .option("--format <name>", "format of the candidates (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .option("--seed <n>", "seed of soft choices and of bootstrap intervals", wholeNumber, 1)
    .addHelpText(
      "after",
      "\nExample:\n  allgood align best-of-k --objective objective.json --candidates samples.jsonl --out runs/best",
    )
    .action(
      action<BestOfKOptions>(report, async (_, options, context) => {
        const result = await alignBestOfK(options, context);
        return { json: result, text: describeBestOfK(result) };
      }),
    );
  for (const { name, about, options: ownOptions, own, make } of ALGORITHMS) {
    ownOptions(alignOptions(align.command(name).description(about)))
      .addHelpText(
        "after",
        `\nExample:\n  allgood align ${name} --policy runs/base --objective objective.json --prompts prompts.jsonl --out runs/aligned`,
      )
      .action(
        action<AlignOptions & Record<string, never>>(report, async (_, options, context) => {
          const given = Object.fromEntries(own.map((key) => [key, options[key]]));
          const result = await alignCommand(make(given as Record<string, never>), options, context);
          return { json: result, text: describeAlign(result) };
        }),
      );
  }
};

function judgedBy(text: string): "truth" | "judge" | "same-rewards" {
  if (text === "truth" || text === "judge" || text === "same-rewards") return text;
  throw new InvalidArgumentError("truth, judge or same-rewards is needed.");
}
