import { type Command, Option } from "commander";
import { type Algorithm, dpo, expertIteration, grpo, ppo, rloo } from "../../align/index.ts";
import { notNegative, positiveNumber, positiveWholeNumber } from "../options.ts";

/** An algorithm as a subcommand of `align`, with the options that are its own. */
export type AlgorithmCommand = {
  name: string;
  about: string;
  options(command: Command): Command;
  /** The names of its options, in camel case: what they are changes the result. */
  own: readonly string[];
  make(options: Record<string, never>): Algorithm;
};

const epochs = (command: Command, count: number) =>
  command.option("--epochs <n>", "passes over the responses of a step", positiveWholeNumber, count);

const clipping = (command: Command, minibatches: number) =>
  command
    .option("--minibatches <n>", "updates of each pass", positiveWholeNumber, minibatches)
    .option("--clip <number>", "how far the ratio of new to old may move from 1", positiveNumber, 0.2);

const choice = (flags: string, about: string, choices: readonly string[]) =>
  new Option(flags, about).choices(choices).default(choices[0]);

export const ALGORITHMS: readonly AlgorithmCommand[] = [
  {
    name: "ppo",
    about: "proximal policy optimisation: clipped ratio, a value head, the KL penalty token by token",
    options: (command) =>
      clipping(epochs(command, 2), 2)
        .option("--lambda <number>", "λ of the advantages, from 0 to 1", notNegative, 0.95)
        .option("--value-weight <number>", "weight of the value head's loss", positiveNumber, 0.1),
    own: ["epochs", "minibatches", "clip", "lambda", "valueWeight"],
    make: (options) => ppo(options),
  },
  {
    name: "rloo",
    about: "REINFORCE with the other responses to a prompt as baseline",
    options: (command) => command,
    own: [],
    make: () => rloo(),
  },
  {
    name: "grpo",
    about: "clipped ratio, with the mean of a prompt's responses as baseline",
    options: (command) =>
      clipping(epochs(command, 2), 1)
        .addOption(
          choice("--scale <how>", "divide advantages by the spread of their group", ["none", "group"]),
        )
        .addOption(
          choice("--kl <where>", "where the KL penalty stands; k3-loss has another optimum", [
            "reward",
            "k2-loss",
            "k3-loss",
          ]),
        ),
    own: ["epochs", "minibatches", "clip", "scale", "kl"],
    make: (options) => grpo(options),
  },
  {
    name: "dpo",
    about: "direct preference optimisation on the ranking of a prompt's responses by u; γ is its β",
    options: (command) =>
      epochs(command, 1)
        .addOption(choice("--labels <kind>", "σ(u⁺ − u⁻), or 1", ["soft", "hard"]))
        .addOption(choice("--pairs <which>", "of a prompt's responses", ["all", "best-worst"])),
    own: ["epochs", "labels", "pairs"],
    make: (options) => dpo(options),
  },
  {
    name: "expert",
    about: "expert iteration: the better responses are learned as text, best-of-n distilled",
    options: (command) =>
      epochs(command, 1).addOption(
        choice("--choice <how>", "all by their weight under the optimum, or the best alone", [
          "soft",
          "hard",
        ]),
      ),
    own: ["epochs", "choice"],
    make: (options) => expertIteration(options),
  },
];
