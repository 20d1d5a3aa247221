import { Option } from "commander";
import { DEFAULT_QUANTILE } from "../../objective/index.ts";
import { type CalibrateOptions, REFERENCE_KINDS } from "../calibrate/options.ts";
import { calibrate, describeCalibration } from "../calibrate/run.ts";
import { action, type Register } from "../command.ts";
import { level, names, positiveWholeNumber, wholeNumber } from "../options.ts";

/** `allgood calibrate`: writes the objective file that scoring, choosing and serving read. */
export const registerCalibrate: Register = (program, report) => {
  program
    .command("calibrate")
    .description("make an objective file: references from base samples, temperatures from the models, a goal")
    .option("--model <dir...>", "one reward model a value")
    .option("--columns <a,b,…>", "values whose raw rewards are columns of the data", names)
    .requiredOption("--data <file...>", "base samples: prompts with candidate responses")
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
    .requiredOption("--out <file>", "where the objective file goes")
    .option("--format <name>", "format of the data (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .option("--seed <n>", "seed of the estimator's folds and bootstrap", wholeNumber, 1)
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
