import { action, type Register } from "../command.ts";
import { describeDemo, describeStory } from "../demo/describe.ts";
import { type DemoOptions, runDemo } from "../demo/run.ts";
import { runStory } from "../demo/story.ts";
import { positiveWholeNumber, wholeNumber } from "../options.ts";

type Options = DemoOptions & { quick?: boolean };

/** `allgood demo`: the whole story on embedded data, where the truth is known. */
export const registerDemo: Register = (program, report) => {
  program
    .command("demo")
    .description(
      "pre-train, collect preferences, learn rewards, align and prove, on a world whose truth is known",
    )
    .option("--out <dir>", "where everything goes", "runs/demo")
    .option("--seed <n>", "seed of the world, the raters and the training", wholeNumber, 1)
    .option("--quick", "without a language model: composed responses, and best-of-k alone")
    .option(
      "--prompts <n>",
      "with --quick: prompts, half to learn from, half to choose for",
      positiveWholeNumber,
      960,
    )
    .addHelpText("after", "\nExample:\n  allgood demo --out runs/demo")
    .action(
      action<Options>(report, async (_, options, context) => {
        if (options.quick) {
          const result = await runDemo(options, context);
          return { json: result, text: describeDemo(result) };
        }
        const result = await runStory(options, context);
        return { json: result, text: describeStory(result) };
      }),
    );
};
