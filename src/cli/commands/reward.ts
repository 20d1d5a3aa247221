import { InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../io/errors.ts";
import { action, type Register } from "../command.ts";
import { positiveNumber, positiveWholeNumber, valueName, wholeNumber } from "../options.ts";
import { describeEvaluation } from "../reward/describe.ts";
import { type EvalCommandOptions, evaluateRewards } from "../reward/evaluate.ts";
import { describeTraining, trainReward } from "../reward/train.ts";
import {
  describeTransformer,
  type TransformerCommandOptions,
  trainTransformers,
} from "../reward/train-transformer.ts";
import { writeEvaluation } from "../reward/write.ts";
import { providerOption, threadsOption } from "../session-options.ts";

/** `allgood reward train` and `allgood reward eval`. */
export const registerReward: Register = (program, report) => {
  const reward = program.command("reward").description("learn reward models from preferences, and test them");
  reward
    .command("train")
    .description("train a Bradley–Terry model of a human value, calibrate and test it")
    .addOption(
      new Option("--model <kind>", "n-grams, or a transformer")
        .choices(["ngram", "transformer"])
        .default("ngram"),
    )
    .requiredOption(
      "--value <name...>",
      "the human value that the pairs judge; several may share a transformer, with a file each",
      valueNames,
    )
    .requiredOption("--data <file...>", "preference pairs, in any format that `data inspect` knows")
    .requiredOption("--out <dir>", "where the model goes")
    .option(
      "--seed <n>",
      "seed of the split by prompt (80 % train, 20 % test), the folds and the bootstrap",
      wholeNumber,
      1,
    )
    .option(
      "--half <1|2>",
      "train on one half of all prompts, to keep a judge apart from what it judges",
      whichHalf,
    )
    .option("--length-control", "n-grams: let length itself earn nothing")
    .option(
      "--l2 <number>",
      "n-grams: strength of the penalty (default: by cross-validation)",
      positiveNumber,
    )
    .option("--trunk <dir>", "transformer: the language model that reads the responses")
    .option(
      "--context <n>",
      "transformer: longest sequence in tokens (default: the trunk's)",
      positiveWholeNumber,
    )
    .option("--no-ngram", "transformer: leave out the n-gram model that it is blended with")
    .option("--tune", "transformer: train the trunk along with the heads, from where they stand")
    .option("--epochs <n>", "with --tune: passes over the pairs at most", positiveWholeNumber, 2)
    .option("--batch <n>", "with --tune: pairs in an update", positiveWholeNumber, 16)
    .option("--lr <number>", "with --tune: highest learning rate", positiveNumber, 1e-4)
    .addOption(threadsOption("transformer: "))
    .addOption(providerOption("transformer: "))
    .option("--format <name>", "format of the data (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .addHelpText(
      "after",
      "\nExample:\n  allgood reward train --value helpful --data pairs.jsonl.gz --out models/helpful --seed 1\n" +
        "  allgood reward train --model transformer --trunk runs/lm --value helpful --data pairs.jsonl.gz --out models/helpful",
    )
    .action(
      action<TransformerCommandOptions & { model: "ngram" | "transformer" }>(
        report,
        async (_, options, context) => {
          refuseOtherKind(options);
          if (options.model === "transformer") {
            const results = await trainTransformers(options, context);
            const text = results.map(describeTransformer).join("\n\n");
            return { json: results.length === 1 ? results[0] : { models: results }, text };
          }
          if (options.value.length > 1) {
            throw new UsageError("an n-gram model is of one value: give one --value, or --model transformer");
          }
          const result = await trainReward({ ...options, value: options.value[0]! }, context);
          return { json: result, text: describeTraining(result) };
        },
      ),
    );
  reward
    .command("eval")
    .description("test reward models on pairs that they were not trained on, each model on each file")
    .requiredOption(
      "--model <path...>",
      'folders that "reward train" wrote, remote rewards (.json) or functions (.mjs)',
    )
    .requiredOption("--data <file...>", "preference pairs, or data in RewardBench form")
    .addOption(
      new Option(
        "--part <name>",
        "unseen: prompts not trained on; test: of these, the model's test part; all: seen ones too",
      )
        .choices(["unseen", "test", "all"])
        .default("unseen"),
    )
    .option("--format <name>", "format of the data (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .option("--seed <n>", "seed of the bootstrap intervals", wholeNumber, 1)
    .option("--out <dir>", "write evaluation.json and report.html there")
    .addHelpText(
      "after",
      "\nExample:\n  allgood reward eval --model models/helpful models/harmless --data helpful.jsonl harmless.jsonl",
    )
    .action(
      action<EvalCommandOptions & { out?: string }>(report, async (_, options, context) => {
        const result = await evaluateRewards(options, context);
        if (options.out !== undefined) await writeEvaluation(options.out, result);
        return { json: result, text: describeEvaluation(result) };
      }),
    );
};

/** An option of the other kind of model would change nothing. */
function refuseOtherKind(options: TransformerCommandOptions & { model: "ngram" | "transformer" }): void {
  const { trunk, context, tune, ngram, lengthControl, l2 } = options;
  const given =
    options.model === "ngram"
      ? { "--trunk": trunk, "--context": context, "--tune": tune, "--no-ngram": ngram ? undefined : true }
      : { "--length-control": lengthControl, "--l2": l2 };
  const other = Object.entries(given).find(([, value]) => value !== undefined);
  if (other === undefined) return;
  const kind = options.model === "ngram" ? "transformer" : "ngram";
  throw new UsageError(`${other[0]} is an option of --model ${kind}, and the model is ${options.model}`);
}

function whichHalf(text: string): 1 | 2 {
  if (text === "1" || text === "2") return text === "1" ? 1 : 2;
  throw new InvalidArgumentError("1 or 2 is needed.");
}

/** Adds one to those named before. */
const valueNames = (text: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  valueName(text),
];
