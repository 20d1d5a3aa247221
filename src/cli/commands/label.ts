import { Option } from "commander";
import { action, type Register } from "../command.ts";
import { describeLabelling } from "../label/describe.ts";
import { type LabelOptions, runLabel } from "../label/run.ts";
import { positiveNumber, positiveWholeNumber, valueName, wholeNumber } from "../options.ts";
import { providerOption, threadsOption } from "../session-options.ts";

/** `allgood label`: preferences from a person or from simulated raters, the most informative first. */
export const registerLabel: Register = (program, report) => {
  program
    .command("label")
    .description("collect preferences in rounds: ask where models disagree, learn, ask again")
    .requiredOption("--value <name>", "the human value that is asked for", valueName)
    .option("--policy <dir>", "the language model whose responses are compared")
    .option("--prompts <file...>", "with --policy: any rows with a prompt")
    .option("--candidates <file...>", "prompts with responses, in place of --policy and --prompts")
    .requiredOption("--out <dir>", "where preferences, models and the record of the rounds go")
    .addOption(
      new Option("--rater <who>", "you, or the simulated raters of the demo world")
        .choices(["person", "world"])
        .default("person"),
    )
    .option("--rounds <n>", "rounds in all, those of the run that goes on included", positiveWholeNumber, 5)
    .option("--per-round <m>", "questions a round: a fifth random, to test on", positiveWholeNumber, 20)
    .addOption(
      new Option("--choose <how>", "the questions to learn from")
        .choices(["disagreement", "random"])
        .default("disagreement"),
    )
    .option("--data <file...>", "preference pairs from elsewhere, to learn from too", [])
    .option("--samples <k>", "with --policy: responses to each prompt", positiveWholeNumber, 4)
    .option("--max-new-tokens <n>", "with --policy: longest response", positiveWholeNumber, 128)
    .option("--temperature <number>", "with --policy: 1 samples the policy as it is", positiveNumber, 1)
    .addOption(
      new Option("--format <how>", "with --policy: prompts as turns of a dialogue, or as text to go on with")
        .choices(["dialogue", "text"])
        .default("dialogue"),
    )
    .option("--tokenizer <path>", "with --policy: where it has none beside it")
    .option(
      "--seed <n>",
      "of the split by prompt, the questions, the samples, the training and simulated raters",
      wholeNumber,
      1,
    )
    .option("--resume", "go on with the run in --out, if there is one")
    .addOption(threadsOption("with --policy: "))
    .addOption(providerOption("with --policy: "))
    .addHelpText(
      "after",
      `
In a terminal, one key answers: 1 or 2 (or a, b), t for a tie, s to skip, u to take the last answer of the round back,
q to stop for now. From a pipe, one key a line does the same.

Example:
  allgood label --value helpful --policy runs/lm --prompts prompts.jsonl --out runs/helpful
  allgood label --value helpful --candidates runs/demo/candidates.jsonl --rater world --out runs/helpful`,
    )
    .action(
      action<LabelOptions>(report, async (_, options, context) => {
        const result = await runLabel(options, context);
        return { json: result, text: describeLabelling(result) };
      }),
    );
};
