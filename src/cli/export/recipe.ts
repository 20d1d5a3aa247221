import { UsageError } from "../../io/errors.ts";
import type { Objective } from "../../objective/index.ts";

/** What a launch script is filled in with. */
export type Recipe = {
  objective: Objective;
  /** Where `allgood serve` answers: one server, or several with the same objective. */
  urls: string[];
  /** Name on the Hugging Face hub, or a folder, of the policy to train. */
  model: string;
  /** γ in E[u] − γ KL. */
  klWeight: number;
  /** Responses a prompt in one step. */
  samples: number;
  /** One reward a value, weighted, where the trainer is to combine them; else the goal's utility is the reward. */
  perValue: WeightedValue[] | undefined;
};

export type WeightedValue = { name: string; weight: number };

/** A text file of the export, by its path in the folder. */
export type ExportedFile = { path: string; text: string; executable?: boolean };

/**
 * The values of a goal that is a plain AND, with their exponents: u = Σ weight · log p(value).
 * @throws UsageError of any other goal: its utility is no sum over values, so a trainer that sums can't reach it
 */
export function weightedValues({ goal }: Objective): WeightedValue[] {
  const { formula } = goal;
  const parts = formula.kind === "and" ? formula.of : [formula];
  const weighted = parts.map((part) =>
    part.kind === "value" ? { name: part.name, weight: part.power } : undefined,
  );
  const found = weighted.filter((value) => value !== undefined);
  if (found.length < weighted.length || new Set(found.map(({ name }) => name)).size < found.length) {
    throw new UsageError(
      `--per-value needs a goal that is an AND of values, found "${goal.sentence}". Leave it out: the server combines any goal`,
    );
  }
  return found;
}

/** What the head of every exported file says, a line each. */
export function headLines({ objective, urls }: Recipe, trainer: string, checked: string): string[] {
  const { goal, file } = objective;
  return [
    `Made by "allgood export ${trainer}".`,
    `goal: ${goal.sentence}`,
    ...objective.values.map((name) => `value: ${name}, temperature ${file.values[name]!.temperature}`),
    `objective: ${file.hash}`,
    `server: ${urls.join(" ")} (allgood serve objective.json)`,
    `Option names checked against ${checked}.`,
  ].map(oneLine);
}

export const commented = (lines: readonly string[]): string =>
  lines.map((line) => `# ${line}`.trimEnd()).join("\n");

/** A comment ends where its line ends, whatever a goal sentence holds. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\s]+/gu, " ");
}

/** A Python string. JSON's escapes are Python's as well. */
export const pythonString = (text: string): string => JSON.stringify(text);

/** A word of a shell, whatever it holds. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
