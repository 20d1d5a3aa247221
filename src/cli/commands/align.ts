import { InvalidArgumentError } from "commander";
import { UsageError } from "../../io/errors.ts";
import { ALGORITHMS, refuseOptions } from "../align/algorithms.ts";
import { type AlignOptions, alignOptions } from "../align/options.ts";
import { alignCommand, describeAlign } from "../align/run.ts";
import { describeEarly, type EarlyOptions, earlyBestOfKCommand, isEarly } from "../best-of-k/early.ts";
import { alignBestOfK, type BestOfKOptions, DEFAULT_K, describeBestOfK } from "../best-of-k/run.ts";
import { action, type Register } from "../command.ts";
import { level, positiveNumber, positiveWholeNumber, wholeNumber } from "../options.ts";
import { policySampleOptions } from "../policy-source.ts";

/** `allgood align …`: brings a policy's outputs nearer to a goal. */
export const registerAlign: Register = (program, report) => {
  const align = program.command("align").description("bring outputs nearer to a goal");
  const command = align
    .command("best-of-k")
    .description("choose the best of candidates under an objective, and show every other way beside it")
    .requiredOption("--objective <file>", "objective file written by calibrate or audit")
    .option(
      "--candidates <file...>",
      "prompts with the responses to choose among; or sample them by --policy",
    )
    .requiredOption("--out <dir>", "where chosen.jsonl, scores.jsonl, run.json and report.html go")
    .option("--gamma <number>", "soft best-of-k: choose with probability ∝ exp(u/γ)", positiveNumber)
    .option(
      "--judge <path...>",
      "rewards trained on other prompts, to judge the choices: model folders, remote rewards (.json) or functions (.mjs)",
    )
    .option("--judged-by <who>", "truth, judge or same-rewards (default: the strongest there is)", judgedBy)
    .option("--rewards <file>", 'JSON of "allgood reward eval", to show how good the rewards are')
    .option("--pattern <name=regex...>", "further stock phrases to probe for")
    .option("--format <name>", "format of the candidates (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .option("--seed <n>", "seed of soft choices, of bootstrap intervals and of samples", wholeNumber, 1);
  policySampleOptions(command)
    .option("-k, --k <n>", "with --policy: samples of each prompt", positiveWholeNumber, DEFAULT_K)
    .option(
      "--early-stop [risk]",
      "with a --policy folder: give up samples that can't win, losing the winner at most so often (0.1)",
      level,
    )
    .option("--stages <a,b,…>", "with --early-stop: tokens at which responses are judged", wholeNumbers)
    .option(
      "--calibration-prompts <n>",
      "with --early-stop: prompts to learn from, on which nothing is given up (default: half)",
      positiveWholeNumber,
    )
    .addHelpText(
      "after",
      "\nExamples:\n  allgood align best-of-k --objective objective.json --candidates samples.jsonl --out runs/best\n  allgood align best-of-k --objective objective.json --policy http://localhost:8000/v1 --policy-model NAME --prompts prompts.jsonl -k 16 --out runs/best",
    )
    .action(
      action<BestOfKOptions & EarlyOptions>(report, async (_, options, context) => {
        if (options.policy !== undefined && options.k === 1)
          throw new UsageError("-k is at least 2: of one sample there is nothing to choose");
        if (isEarly(options)) {
          const early = await earlyBestOfKCommand(options, context);
          return { json: early, text: describeEarly(early) };
        }
        const result = await alignBestOfK(options, context);
        return { json: result, text: describeBestOfK(result) };
      }),
    );
  for (const algorithm of ALGORITHMS) {
    const { name, about, options: ownOptions, own, make } = algorithm;
    ownOptions(alignOptions(align.command(name).description(about)))
      .addHelpText(
        "after",
        `\nExample:\n  allgood align ${name} --policy runs/base --objective objective.json --prompts prompts.jsonl --out runs/aligned`,
      )
      .action(
        action<AlignOptions & Record<string, never>>(report, async (_, options, context) => {
          const given = Object.fromEntries(own.map((key) => [key, options[key]]));
          refuseOptions(algorithm, given, options);
          const result = await alignCommand(make(given as Record<string, never>), options, context);
          return { json: result, text: describeAlign(result) };
        }),
      );
  }
};

function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber);
}

function judgedBy(text: string): "truth" | "judge" | "same-rewards" {
  if (text === "truth" || text === "judge" || text === "same-rewards") return text;
  throw new InvalidArgumentError("truth, judge or same-rewards is needed.");
}
