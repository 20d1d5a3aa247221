/** Parsers of option values, for commander: each throws a usage error that says what is needed. */
import { type Command, InvalidArgumentError } from "commander";
import { type AdapterShape, LORA_TARGETS, type LoraTarget } from "../models/index.ts";
import { parseGoal } from "../objective/index.ts";

export function wholeNumber(text: string): number {
  const found = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(found)) return found;
  throw new InvalidArgumentError("a whole number is needed.");
}

export function positiveNumber(text: string): number {
  const found = Number(text);
  if (text.trim() !== "" && found > 0 && Number.isFinite(found)) return found;
  throw new InvalidArgumentError("a number above 0 is needed.");
}

export function notNegative(text: string): number {
  const found = Number(text);
  if (text.trim() !== "" && found >= 0 && Number.isFinite(found)) return found;
  throw new InvalidArgumentError("a number of at least 0 is needed.");
}

/** From 0 to 1, both included. */
export function unitNumber(text: string): number {
  const found = notNegative(text);
  if (found <= 1) return found;
  throw new InvalidArgumentError("a number from 0 to 1 is needed.");
}

/** A level strictly between 0 and 1. */
export function level(text: string): number {
  const found = positiveNumber(text);
  if (found < 1) return found;
  throw new InvalidArgumentError("a number between 0 and 1 is needed.");
}

/** Names separated by commas. */
export function names(text: string): string[] {
  const found = text.split(",").map((name) => name.trim());
  if (found.every((name) => name !== "")) return found;
  throw new InvalidArgumentError("names separated by commas are needed.");
}

export function positiveWholeNumber(text: string): number {
  const found = wholeNumber(text);
  if (found > 0) return found;
  throw new InvalidArgumentError("a whole number above 0 is needed.");
}

export function notNegativeWholeNumber(text: string): number {
  const found = wholeNumber(text);
  if (found >= 0) return found;
  throw new InvalidArgumentError("a whole number of at least 0 is needed.");
}

function loraTargetNames(text: string): LoraTarget[] {
  const found = names(text);
  const known = (name: string): name is LoraTarget => (LORA_TARGETS as readonly string[]).includes(name);
  if (found.every(known)) return found;
  throw new InvalidArgumentError(`some of ${LORA_TARGETS.join(", ")} are needed.`);
}

/** The options of an adapter, see `loraShape`. */
export const loraOptions = (command: Command): Command =>
  command
    .option(
      "--lora-rank <n>",
      "train an adapter of this rank, and write the merged model",
      positiveWholeNumber,
    )
    .option("--lora-alpha <number>", "strength of the adapter (default: twice the rank)", positiveNumber)
    .option("--lora-targets <names>", `of ${LORA_TARGETS.join(", ")}`, loraTargetNames, ["query", "value"]);

/** The adapter that options ask for. */
export function loraShape({
  loraRank,
  loraAlpha,
  loraTargets,
}: {
  loraRank?: number;
  loraAlpha?: number;
  loraTargets: LoraTarget[];
}): AdapterShape | undefined {
  if (loraRank === undefined) return undefined;
  return { rank: loraRank, alpha: loraAlpha ?? 2 * loraRank, targets: loraTargets };
}

/** A human value: a goal sentence must be able to name it. */
export function valueName(text: string): string {
  try {
    const formula = parseGoal(text);
    if (formula.kind === "value" && formula.name === text) return text;
  } catch {
    // said below
  }
  throw new InvalidArgumentError("a word that a goal sentence can name is needed, such as helpful.");
}
