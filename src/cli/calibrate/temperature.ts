/**
 * T of each value: given, learned with the model, fitted on preference pairs, or 1.
 * @module
 */
import { basename } from "node:path";
import { InputError, UsageError } from "../../io/errors.ts";
import { sha256OfFile } from "../../io/file-hash.ts";
import { nearest } from "../../objective/index.ts";
import { promptHash, readPairs } from "../../preferences/index.ts";
import { fitTemperature, judgePairs } from "../../rewards/index.ts";
import type { Source } from "./sources.ts";

export type ChosenTemperature = {
  temperature: number;
  /** Where it came from, for the file's provenance. */
  from:
    | string
    | { pairs: number; files: { file: string; sha256: string }[] }
    | { labels: { good: number; notGood: number } };
  notes: string[];
};

/** Files of preference pairs, by value. */
export type PairFiles = ReadonlyMap<string, string[]>;

/**
 * Reads `FILE` (for the only value that needs pairs) and `VALUE=FILE`.
 *
 * @param sources those of the goal
 * @throws UsageError for a value that is not among them, that has a temperature or no model, or where it is not clear
 * which value a file is for
 */
export function pairFiles(given: readonly string[], sources: readonly Source[]): PairFiles {
  const names = sources.map(({ value }) => value);
  const open = sources.filter(({ temperature, scorer }) => temperature === undefined && scorer !== undefined);
  const files = new Map<string, string[]>();
  for (const text of given) {
    const [, name, file] = /^(\w+)=(.+)$/s.exec(text) ?? [undefined, undefined, text];
    const value = name ?? (open.length === 1 ? open[0]!.value : undefined);
    if (value === undefined) {
      const needing = open.map((source) => source.value).join(", ") || "none";
      throw new UsageError(
        `--pairs ${text}: say for which value, as VALUE=FILE (without a temperature: ${needing})`,
      );
    }
    if (!open.some((source) => source.value === value)) throw notFitted(value, names);
    files.set(value, [...(files.get(value) ?? []), file!]);
  }
  return files;
}

function notFitted(value: string, names: readonly string[]): UsageError {
  if (names.includes(value))
    return new UsageError(
      `--pairs names "${value}", which was trained with a temperature or is a column: only remote rewards and functions are fitted`,
    );
  const near = nearest(value, names);
  return new UsageError(
    `--pairs names "${value}", which the goal does not${near === undefined ? "" : `; did you mean "${near}"?`}`,
  );
}

/** @throws InputError where a file has no usable pair */
export async function temperatureOf(
  source: Source,
  given: number | undefined,
  files: readonly string[],
  signal: AbortSignal,
): Promise<ChosenTemperature> {
  const { value, temperature, scorer } = source;
  if (given !== undefined) return { temperature: given, from: "given", notes: [] };
  if (temperature !== undefined)
    return { temperature, from: "out-of-fold likelihood of the model's training part", notes: [] };
  if (scorer === undefined || files.length === 0)
    return { temperature: 1, from: "1, not fitted", notes: scorer === undefined ? [] : [unfitted(value)] };
  const { pairs } = await readPairs(files, { value, signal });
  if (pairs.length === 0)
    throw new InputError({ problem: `no usable pair of "${value}"`, file: files.join(", ") });
  const judged = await judgePairs(
    scorer,
    pairs.map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) })),
    { signal },
  );
  const fit = fitTemperature(judged.map(({ difference }) => difference));
  const named = await Promise.all(
    files.map(async (file) => ({ file: basename(file), sha256: await sha256OfFile(file) })),
  );
  return {
    temperature: fit.temperature,
    from: { pairs: pairs.length, files: named },
    notes: fit.atBound ? [atBound(value, pairs.length)] : [],
  };
}

const unfitted = (value: string): string =>
  `${value}: T is 1, as nothing says how sure its rewards are; fit it with --pairs ${value}=FILE, or give --temperature ${value}=NUMBER`;

const atBound = (value: string, pairs: number): string =>
  `${value}: the best T lies at the end of its range: the reward tells all or none of the ${pairs} pairs right; check it, or give more pairs`;
