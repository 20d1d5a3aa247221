import { type Command, Option } from "commander";
import { type Algorithm, dpo, expertIteration, grpo, ppo, rloo } from "../../align/index.ts";
import { UsageError } from "../../io/errors.ts";
import { positiveNumber, positiveWholeNumber, unitNumber } from "../options.ts";
import type { AlignOptions } from "./options.ts";

/** An algorithm as a subcommand of `align`, with the options that are its own. */
export type AlgorithmCommand = {
  name: string;
  about: string;
  options(command: Command): Command;
  /** The names of its options, in camel case: what they are changes the result. */
  own: readonly string[];
  /** Learns from how the responses to a prompt compare: from one alone it can't. */
  compares: boolean;
  /** Why γ = 0 can't be, where it can't. */
  noZeroWeight?: (own: Record<string, unknown>) => string | undefined;
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
        .option("--lambda <number>", "λ of the advantages, from 0 to 1", unitNumber, 0.95)
        .option("--value-weight <number>", "weight of the value head's loss", positiveNumber, 0.1),
    own: ["epochs", "minibatches", "clip", "lambda", "valueWeight"],
    compares: false,
    make: (options) => ppo(options),
  },
  {
    name: "rloo",
    about: "REINFORCE with the other responses to a prompt as baseline",
    options: (command) => command,
    own: [],
    compares: true,
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
    compares: true,
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
    compares: true,
    noZeroWeight: () => "every margin would be 0, and nothing be learned",
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
    compares: true,
    noZeroWeight: ({ choice }) => (choice === "hard" ? undefined : "soft weights are ∝ exp(u/γ)"),
    make: (options) => expertIteration(options),
  },
];

/** @throws UsageError for options that are right one by one and can't work together, before anything is read */
export function refuseOptions(
  { name, compares, noZeroWeight }: AlgorithmCommand,
  own: Record<string, unknown>,
  { samples, klWeight, targetKl }: Pick<AlignOptions, "samples" | "klWeight" | "targetKl">,
): void {
  if (compares && samples < 2) {
    throw new UsageError(
      `--samples is at least 2 with ${name}, found ${samples}: a response is compared with others of its prompt`,
    );
  }
  if (klWeight > 0) return;
  const why = noZeroWeight?.(own);
  if (why !== undefined)
    throw new UsageError(`--kl-weight is above 0 with ${name}, found ${klWeight}: ${why}`);
  if (targetKl !== undefined)
    throw new UsageError(
      `--target-kl steers --kl-weight by factors, so it starts above 0, found ${klWeight}`,
    );
}
