import { action, type Register } from "../command.ts";
import { type DemoOptions, describeDemo, runDemo } from "../demo/run.ts";
import { wholeNumber } from "../options.ts";

/** `allgood demo`: the whole loop on embedded data, where the truth is known. */
export const registerDemo: Register = (program, report) => {
  program
    .command("demo")
    .description("learn, transform, combine, choose and prove on embedded data, with a report")
    .option("--out <dir>", "where everything goes", "runs/demo")
    .option("--seed <n>", "seed of the world, the raters and the training", wholeNumber, 1)
    .option("--prompts <n>", "prompts in the world: half to learn from, half to choose for", wholeNumber, 960)
    .addHelpText("after", "\nExample:\n  allgood demo --out runs/demo")
    .action(
      action<DemoOptions>(report, async (_, options, context) => {
        const result = await runDemo(options, context);
        return { json: result, text: describeDemo(result) };
      }),
    );
};
