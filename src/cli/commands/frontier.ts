import { Option } from "commander";
import { action, type Register } from "../command.ts";
import { WORKER_COMMAND } from "../frontier/pool.ts";
import { describe, type FrontierFlags, frontierCommand } from "../frontier/run.ts";
import { serveFrontier } from "../frontier/worker.ts";
import { names, positiveNumber, positiveWholeNumber } from "../options.ts";
import { providerOption, threadsOption } from "../session-options.ts";

/** `allgood frontier`. */
export const registerFrontier: Register = (program, report) => {
  program
    .command("frontier")
    .description(
      "compare every way to combine rewards, over KL weights and k, in the demo world whose truth is known",
    )
    .addOption(new Option("--world <name>", "where it is done").choices(["demo"]).default("demo"))
    .requiredOption("--out <dir>", "where the base policy, frontier.jsonl and report.html go")
    .option("--seeds <n>", "seeds of raters, reward models and training", positiveWholeNumber, 5)
    .option("--resume", "go on with the frontier in --out, if there is one")
    .option("--policy <dir>", "a base policy trained on the world already (default: it is trained in --out)")
    .option("--methods <names>", "ways to combine for reinforcement learning (default: all)", names)
    .option("--kl-weights <numbers>", "γ of every method (default: each method's own)", positiveNumbers)
    .option("--ks <numbers>", "k of best-of-k", wholeNumbers, [2, 4, 8, 16, 32, 64])
    .option(
      "--steps <numbers>",
      "steps of training after which the policy is measured",
      wholeNumbers,
      [4, 8, 16, 32, 48],
    )
    .option("--learn-prompts <n>", "prompts that raters judge responses to", positiveWholeNumber, 800)
    .option("--align-prompts <n>", "prompts to train on", positiveWholeNumber, 128)
    .option("--test-prompts <n>", "prompts to compare on", positiveWholeNumber, 128)
    .option("--base-samples <n>", "base responses to each test prompt", positiveWholeNumber, 64)
    .option("--prompts-per-step <n>", "prompts in a training step", positiveWholeNumber, 16)
    .option("--samples <n>", "responses to each of them", positiveWholeNumber, 4)
    .option(
      "--test-samples <n>",
      "responses to each test prompt when a policy is measured",
      positiveWholeNumber,
      4,
    )
    .option("--lr <number>", "learning rate", positiveNumber, 5e-4)
    .option("--workers <n>", "processes side by side (default: one a core)", positiveWholeNumber)
    .addOption(threadsOption("of each process: "))
    .addOption(providerOption())
    .addHelpText("after", "\nExample:\n  allgood frontier --world demo --seeds 5 --out runs/frontier")
    .action(
      action<FrontierFlags>(report, async (_, flags, context) => {
        const result = await frontierCommand(flags, context);
        return { json: result, text: describe(result) };
      }),
    );
  program.command(WORKER_COMMAND, { hidden: true }).action(serveFrontier);
};

const listOf =
  (parse: (text: string) => number) =>
  (text: string): number[] =>
    names(text).map(parse);
const wholeNumbers = listOf(positiveWholeNumber);
const positiveNumbers = listOf(positiveNumber);
