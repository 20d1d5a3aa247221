import { InvalidArgumentError, Option } from "commander";
import { parseGoal } from "../../objective/index.ts";
import { action, type Register } from "../command.ts";
import { positiveNumber, wholeNumber } from "../options.ts";
import { describeEvaluation } from "../reward/describe.ts";
import { type EvalCommandOptions, evaluateRewards } from "../reward/evaluate.ts";
import { describeTraining, type TrainCommandOptions, trainReward } from "../reward/train.ts";
import { writeEvaluation } from "../reward/write.ts";

/** `allgood reward train` and `allgood reward eval`. */
export const registerReward: Register = (program, report) => {
  const reward = program.command("reward").description("learn reward models from preferences, and test them");
  reward
    .command("train")
    .description("train an n-gram Bradley–Terry model of one value, calibrate and test it")
    .requiredOption("--value <name>", "the human value that the pairs judge", valueName)
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
    .option("--length-control", "let length itself earn nothing")
    .option("--l2 <number>", "strength of the penalty (default: by cross-validation)", positiveNumber)
    .option("--format <name>", "format of the data (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .addHelpText(
      "after",
      "\nExample:\n  allgood reward train --value helpful --data pairs.jsonl.gz --out models/helpful --seed 1",
    )
    .action(
      action<TrainCommandOptions>(report, async (_, options, context) => {
        const result = await trainReward(options, context);
        return { json: result, text: describeTraining(result) };
      }),
    );
  reward
    .command("eval")
    .description("test reward models on pairs that they were not trained on, each model on each file")
    .requiredOption("--model <dir...>", 'folders that "reward train" wrote')
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

function whichHalf(text: string): 1 | 2 {
  if (text === "1" || text === "2") return text === "1" ? 1 : 2;
  throw new InvalidArgumentError("1 or 2 is needed.");
}

/** A goal sentence must be able to name it. */
function valueName(text: string): string {
  try {
    const formula = parseGoal(text);
    if (formula.kind === "value" && formula.name === text) return text;
  } catch {
    // said below
  }
  throw new InvalidArgumentError("a word that a goal sentence can name is needed, such as helpful.");
}
