import { createHash } from "node:crypto";
import { clusteredMean, type Estimate, sortedQuantile } from "../stats/bootstrap.ts";
import { openFile } from "./open.ts";
import { promptHash } from "./prompt-hash.ts";
import { type CandidatesRead, readCandidates } from "./read-candidates.ts";
import { type PairsRead, type ReadPairsOptions, readPairs } from "./read-pairs.ts";
import type { PreferencePair } from "./types.ts";

/** Quantiles of response lengths in UTF-16 units. */
export type Lengths = { min: number; q25: number; median: number; q75: number; max: number };

/** What a preference file holds; `pairs` and `candidates` where its format has them. */
export type Inspection = {
  file: string;
  format: string;
  rows: number;
  badRows: number;
  /** The first few reasons. */
  badReasons: string[];
  pairs?: PairsInspection;
  candidates?: CandidatesInspection;
};

export type PairsInspection = {
  pairs: number;
  /** Distinct prompts. */
  prompts: number;
  values: { value: string; pairs: number; chosenLonger: Estimate }[];
  /** Share of pairs whose chosen side is strictly longer, all values together; its interval resamples prompts. */
  chosenLonger: Estimate | null;
  /** Share of pairs whose sides are equally long. */
  sameLength: number | null;
  /** Further copies of a pair: same prompt, chosen, rejected and value. */
  duplicates: number;
  /** Two responses of one prompt that were preferred in both orders for one value, each such two counted once. */
  contradictions: number;
  leftOut: Record<string, number>;
  duplicateIds: number;
  lengths: { chosen: Lengths; rejected: Lengths } | null;
};

export type CandidatesInspection = {
  prompts: number;
  candidates: number;
  /** Smallest and largest number of candidates at a prompt. */
  perPrompt: [number, number];
  /** Prompts with a single candidate: nothing to choose there. */
  single: number;
  rewards: string[];
  truth: string[];
  duplicateIds: number;
  lengths: Lengths;
};

/**
 * Says what a file holds. Bad rows are counted, never thrown.
 * @throws InputError: a file that can't be read, an unknown format, no usable row, a `value` that it does not have
 */
export async function inspect(
  file: string,
  options: ReadPairsOptions & { seed: number },
): Promise<Inspection> {
  const { seed, ...given } = options;
  const read = { ...given, skipBad: true };
  const { reader, close } = await openFile(file, read);
  await close();
  const pairs = reader.pairs || reader.pairsFromTruth ? await readPairs([file], read) : undefined;
  const candidates = reader.candidates ? await readCandidates([file], read) : undefined;
  const { rows, badRows, bad } = (pairs ?? candidates)!;
  return {
    file,
    format: reader.name,
    rows,
    badRows,
    badReasons: bad.slice(0, 5).map((error) => error.message),
    ...(pairs && { pairs: inspectPairs(pairs, seed) }),
    ...(candidates && { candidates: inspectCandidates(candidates) }),
  };
}

function inspectPairs({ pairs, leftOut, duplicateIds }: PairsRead, seed: number): PairsInspection {
  const hashes = pairs.map(({ prompt }) => promptHash(prompt));
  const longer = pairs.map(({ chosen, rejected }) => Number(chosen.length > rejected.length));
  const shareLonger = (indices: readonly number[]) =>
    clusteredMean(
      indices.map((i) => longer[i]!),
      indices.map((i) => hashes[i]!),
      { seed },
    );
  const byValue = new Map<string, number[]>();
  pairs.forEach(({ value }, i) => {
    const at = byValue.get(value) ?? [];
    at.push(i);
    byValue.set(value, at);
  });
  const same = pairs.filter(({ chosen, rejected }) => chosen.length === rejected.length).length;
  const none = pairs.length === 0;
  return {
    pairs: pairs.length,
    prompts: new Set(hashes).size,
    values: [...byValue].map(([value, at]) => ({ value, pairs: at.length, chosenLonger: shareLonger(at) })),
    chosenLonger: none ? null : shareLonger([...pairs.keys()]),
    sameLength: none ? null : same / pairs.length,
    ...repeats(pairs, hashes),
    leftOut,
    duplicateIds,
    lengths: none
      ? null
      : { chosen: lengths(pairs.map((p) => p.chosen)), rejected: lengths(pairs.map((p) => p.rejected)) },
  };
}

function repeats(pairs: readonly PreferencePair[], hashes: readonly string[]) {
  const seen = new Set<string>();
  let duplicates = 0;
  let contradictions = 0;
  pairs.forEach(({ value, chosen, rejected }, i) => {
    const key = digest([hashes[i]!, value, chosen, rejected]);
    if (seen.has(key)) duplicates += 1;
    else if (seen.has(digest([hashes[i]!, value, rejected, chosen]))) contradictions += 1;
    seen.add(key);
  });
  return { duplicates, contradictions };
}

/** A short key for texts that would fill the memory if they were the key. */
const digest = (parts: readonly string[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64");

function inspectCandidates({ sets, duplicateIds }: CandidatesRead): CandidatesInspection {
  const sizes = sets.map(({ candidates }) => candidates.length);
  const all = sets.flatMap(({ candidates }) => candidates);
  const names = (of: "rewards" | "truth") => [
    ...new Set(all.flatMap((candidate) => Object.keys(candidate[of] ?? {}))),
  ];
  const smallest = sizes.reduce((least, size) => Math.min(least, size));
  const largest = sizes.reduce((most, size) => Math.max(most, size));
  return {
    prompts: sets.length,
    candidates: all.length,
    perPrompt: [smallest, largest],
    single: sizes.filter((size) => size === 1).length,
    rewards: names("rewards"),
    truth: names("truth"),
    duplicateIds,
    lengths: lengths(all.map(({ response }) => response)),
  };
}

function lengths(texts: readonly string[]): Lengths {
  const sorted = Float64Array.from(texts, (text) => text.length).sort();
  const at = (q: number) => sortedQuantile(sorted, q);
  return { min: at(0), q25: at(0.25), median: at(0.5), q75: at(0.75), max: at(1) };
}
