/** The prompts and responses that a collection asks about. @module */
import { InputError } from "../../io/errors.ts";
import { type CandidateSet, type PreferencePair, promptHash, split } from "../../preferences/index.ts";
import type { PlannedQuestion, PoolEntry } from "./question.ts";
import type { CollectedPair } from "./store.ts";

/** So many prompts of the training part a model needs. */
const LEAST_PROMPTS = 10;

/** Prompts with two distinct responses or more, by hash. */
export type Pool = ReadonlyMap<string, PoolEntry>;

/**
 * @param earlier pairs from elsewhere that are learned from too
 * @param seed of the split by prompt
 * @throws InputError where the prompts are too few
 */
export function poolOf(
  sets: readonly CandidateSet[],
  earlier: readonly PreferencePair[],
  seed: number,
): Pool {
  const pool = new Map(
    sets.flatMap((set) => {
      const entry: PoolEntry = { ...distinct(set), part: split(set.promptHash, seed) };
      return entry.candidates.length < 2 ? [] : [[set.promptHash, entry]];
    }),
  );
  checkPrompts(pool, earlier, seed);
  return pool;
}

/** Each text once: two of the same can't be told apart. */
function distinct(set: CandidateSet): CandidateSet {
  const first = new Map(
    set.candidates.map((candidate) => [candidate.response, candidate] as const).reverse(),
  );
  return {
    ...set,
    candidates: set.candidates.filter((candidate) => first.get(candidate.response) === candidate),
  };
}

/** A collection that could never train or test a model is refused before anyone has answered. */
function checkPrompts(pool: Pool, earlier: readonly PreferencePair[], seed: number): void {
  const train = new Set<string>();
  let test = 0;
  for (const { promptHash, part } of pool.values()) {
    if (part === "train") train.add(promptHash);
    else test += 1;
  }
  const own = train.size;
  for (const { prompt } of earlier) {
    const hash = promptHash(prompt);
    if (split(hash, seed) === "train") train.add(hash);
  }
  if (own > 0 && test > 0 && train.size >= LEAST_PROMPTS) return;
  throw new InputError({
    problem: "there are too few prompts with two distinct responses to learn from and to test on",
    found: `${own} prompts to learn from, ${test} to test on`,
    expected: `at least ${LEAST_PROMPTS} and 1`,
    fix: "Give more prompts (80 % are for learning, 20 % for testing), or more samples of each",
  });
}

/** The text of a response of the pool. */
export const responseOf = ({ candidates }: PoolEntry, id: string): string =>
  candidates.find((candidate) => candidate.id === id)!.response;

/** An answered question as a pair. */
export function pairOf(
  pool: Pool,
  question: PlannedQuestion,
  winner: "a" | "b",
  value: string,
): CollectedPair {
  const entry = pool.get(question.promptHash)!;
  const [chosen, rejected] = winner === "a" ? [question.a, question.b] : [question.b, question.a];
  return {
    id: `${value}.${question.question}`,
    prompt: entry.prompt,
    chosen: responseOf(entry, chosen),
    rejected: responseOf(entry, rejected),
    value,
    source: entry.source,
    part: question.part,
    by: question.by,
    round: question.round,
  };
}
