import { Option } from "commander";
import { DEFAULT_QUANTILE, REFERENCE_KINDS } from "../../objective/index.ts";
import type { CalibrateOptions } from "../calibrate/options.ts";
import { calibrate, describeCalibration } from "../calibrate/run.ts";
import { action, type Register } from "../command.ts";
import { level, names, positiveWholeNumber, wholeNumber } from "../options.ts";
import { policySampleOptions } from "../policy-source.ts";

/** `allgood calibrate`: writes the objective file that scoring, choosing and serving read. */
export const registerCalibrate: Register = (program, report) => {
  const command = program
    .command("calibrate")
    .description("make an objective file: references from base samples, temperatures from the models, a goal")
    .option(
      "--model <path...>",
      "one reward a value: a model folder, a remote reward (.json) or a function (.mjs)",
    )
    .option("--columns <a,b,…>", "values whose raw rewards are columns of the data", names)
    .option("--data <file...>", "base samples: prompts with candidate responses; or sample them by --policy")
    .requiredOption("--goal <sentence>", 'such as "helpful and harmless"')
    .option(
      "--reference <kind>",
      `${REFERENCE_KINDS.join(", ")}; or by value: helpful=quantile,harmless=canned-max`,
      "quantile",
    )
    .option("--q <level>", "level of the quantile kinds", level, DEFAULT_QUANTILE)
    .option("--canned <text...>", "canned responses for the canned kinds, such as a refusal")
    .option("--fixed <number>", "the number of kind fixed; or by value: helpful=0.5")
    .option("--responses <n>", "base samples that kind responses keeps a prompt", positiveWholeNumber, 10)
    .addOption(
      new Option("--otherwise <what>", "what a prompt without base samples gets")
        .choices(["error", "global", "estimator"])
        .default("error"),
    )
    .option("--temperature <name=number,…>", "temperatures to use instead (columns: 1 unless given)")
    .option(
      "--pairs <value=file...>",
      "preference pairs to fit the temperature of a remote reward or function on",
    )
    .requiredOption("--out <file>", "where the objective file goes")
    .option("--format <name>", "format of the data (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .option("--seed <n>", "seed of the estimator's folds, of the bootstrap and of samples", wholeNumber, 1);
  policySampleOptions(command)
    .option("-n, --n <n>", "with --policy: base samples of each prompt", positiveWholeNumber, 64)
    .addHelpText(
      "after",
      '\nExample:\n  allgood calibrate --model models/helpful models/harmless --data samples.jsonl --goal "helpful and harmless" --out objective.json',
    )
    .action(
      action<CalibrateOptions>(report, async (_, options, context) => {
        const result = await calibrate(options, context);
        return { json: result, text: describeCalibration(result) };
      }),
    );
};
