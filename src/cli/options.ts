/** Parsers of option values, for commander: each throws a usage error that says what is needed. */
import { InvalidArgumentError } from "commander";

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
