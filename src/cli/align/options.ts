import { type Command, Option } from "commander";
import type { LoraTarget } from "../../models/index.ts";
import type { PromptFormat } from "../../policies/index.ts";
import {
  loraOptions,
  notNegative,
  notNegativeWholeNumber,
  positiveNumber,
  positiveWholeNumber,
  wholeNumber,
} from "../options.ts";
import { providerOption, type SessionFlags, threadsOption } from "../session-options.ts";

export type AlignOptions = SessionFlags & {
  policy: string;
  tokenizer?: string;
  format: PromptFormat;
  objective: string;
  prompts: string[];
  out: string;
  resume?: boolean;
  steps: number;
  promptsPerStep: number;
  samples: number;
  maxNewTokens: number;
  lr: number;
  warmup?: number;
  klWeight: number;
  targetKl?: number;
  maxKl?: number;
  entropyFloor: number;
  onCollapse: "warn" | "stop";
  missingEndPenalty: number;
  loraRank?: number;
  loraAlpha?: number;
  loraTargets: LoraTarget[];
  checkpointEvery: number;
  seed: number;
  skipBad?: boolean;
};

/** The options that all algorithms share. */
export function alignOptions(command: Command): Command {
  return loraOptions(command)
    .requiredOption(
      "--policy <dir>",
      "the language model to align: a folder in Hugging Face layout, or llama2.c's",
    )
    .requiredOption("--objective <file>", "objective file written by calibrate, over reward models")
    .requiredOption("--prompts <file...>", "prompts to align on: any rows with a prompt")
    .requiredOption("--out <dir>", "where the run and at its end the aligned model goes")
    .option("--resume", "go on from the newest checkpoint in --out, if there is one")
    .option("--tokenizer <path>", "where the model has none beside it: tokenizer.json, or llama2.c's .bin")
    .addOption(
      new Option("--format <how>", "prompts as turns of a dialogue, or as text to go on with")
        .choices(["dialogue", "text"])
        .default("dialogue"),
    )
    .option("--steps <n>", "steps, each on fresh rollouts", positiveWholeNumber, 100)
    .option("--prompts-per-step <n>", "prompts in a step", positiveWholeNumber, 16)
    .option("--samples <n>", "responses of each prompt", positiveWholeNumber, 8)
    .option("--max-new-tokens <n>", "longest response", positiveWholeNumber, 128)
    .option("--lr <number>", "highest learning rate", positiveNumber, 2e-4)
    .option("--warmup <n>", "steps until it is reached (default: 5 % of the steps)", notNegativeWholeNumber)
    .option("--kl-weight <number>", "γ in E[u] − γ KL(π ‖ reference policy); of DPO, its β", notNegative, 0.1)
    .option("--target-kl <nats>", "steer γ so that the KL of a response comes near this", positiveNumber)
    .option(
      "--max-kl <nats>",
      "stop where the KL of a response passes this, and keep the checkpoint before",
      positiveNumber,
    )
    .option(
      "--entropy-floor <nats>",
      "entropy of a token below which the policy has collapsed",
      notNegative,
      0.02,
    )
    .addOption(
      new Option("--on-collapse <what>", "what a collapse does").choices(["warn", "stop"]).default("warn"),
    )
    .option(
      "--missing-end-penalty <number>",
      "taken off u where a response does not end by itself",
      notNegative,
      0,
    )
    .option("--checkpoint-every <n>", "steps between checkpoints", positiveWholeNumber, 20)
    .option("--seed <n>", "of the order of prompts, of samples and of the adapter", wholeNumber, 1)
    .addOption(threadsOption())
    .addOption(providerOption())
    .option("--skip-bad", "leave bad rows out, instead of stopping at the first");
}
