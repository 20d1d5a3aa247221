/**
 * Which questions a round asks.
 *
 * A fifth of them go to the test part of the prompts (the same fifth that `reward train` keeps from training), and are
 * drawn at random: the prompts by turns in a shuffled order, at each a random pair. So the accuracy on them is that on
 * random pairs at new prompts, whatever the rest of the questions is chosen for, and no answer is spent on both.
 *
 * The others go to the training part, and are drawn in proportion to how much the models disagree. Taking the pairs of
 * the most disagreement instead fills a round with much the same extreme pairs; tried on the demo world, that learned less
 * than random questions did. Chance in the choice is the remedy of Kirsch et al. (2023, "power" acquisition with β = 1).
 * Two pairs at one prompt tell much the same too, so a prompt gets a second question in a round only when all have got one.
 * @module
 */
import type { PreferencePair } from "../../preferences/index.ts";
import { createRandom, type Random } from "../../stats/random.ts";
import { memberLogOdds, mutualInformation } from "../disagreement.ts";
import type { Member } from "../ensemble.ts";
import { fnv1a, spread } from "../hash.ts";
import type { PlannedQuestion, PoolEntry } from "./question.ts";

/** Share of the questions that is random and goes to the test part. */
const TEST_SHARE = 0.2;

export type ChooseOptions = {
  round: number;
  perRound: number;
  by: "random" | "disagreement";
  seed: number;
  /** Models so far; without them all questions are random. */
  committee: readonly Member[] | undefined;
  signal?: AbortSignal;
};

/**
 * @param asked what was asked in earlier rounds, in order
 * @returns at most `perRound` questions in the order in which they are asked; fewer where the pairs run out
 */
export async function chooseQuestions(
  pool: readonly PoolEntry[],
  asked: AskedPairs,
  options: ChooseOptions,
): Promise<PlannedQuestion[]> {
  const { round, perRound, by, seed, committee, signal } = options;
  const parts = { train: partOf(pool, "train", seed), test: partOf(pool, "test", seed) };
  const test = Math.max(1, Math.round(TEST_SHARE * perRound));
  const chosen: Chosen[] = randomPairs(parts.test, asked, test, streamOf(seed, `test ${round}`), round);
  const rest = perRound - chosen.length;
  const draws = streamOf(seed, `train ${round}`);
  chosen.push(
    ...(by === "random" || committee === undefined
      ? randomPairs(parts.train, asked, rest, draws, round)
      : await informativePairs(parts.train, asked, rest, {
          committee,
          random: draws,
          ...(signal && { signal }),
        })),
  );
  const random = streamOf(seed, `order ${round}`);
  return random.shuffle(chosen).map(({ entry, pair: [i, j], information }, k) => {
    const [a, b] = random.uniform() < 0.5 ? [i, j] : [j, i];
    return {
      question: `${round}.${k + 1}`,
      round,
      part: entry.part,
      by: information === undefined ? "random" : "disagreement",
      promptHash: entry.promptHash,
      a: entry.candidates[a]!.id,
      b: entry.candidates[b]!.id,
      ...(information !== undefined && { information }),
    };
  });
}

/** Which pairs of responses were judged already, by their texts. */
export class AskedPairs {
  readonly #keys = new Map<string, Set<string>>();

  add(promptHash: string, first: string, second: string): void {
    const keys = this.#keys.get(promptHash) ?? new Set<string>();
    this.#keys.set(promptHash, keys.add(pairKey(first, second)));
  }

  addPairs(pairs: readonly (PreferencePair & { promptHash: string })[]): void {
    for (const { promptHash, chosen, rejected } of pairs) this.add(promptHash, chosen, rejected);
  }

  has(promptHash: string, first: string, second: string): boolean {
    return this.#keys.get(promptHash)?.has(pairKey(first, second)) ?? false;
  }
}

const pairKey = (first: string, second: string) => JSON.stringify([first, second].sort());

/** Expected information of every pair of the training part that was not asked yet. */
export async function informationLeft(
  pool: readonly PoolEntry[],
  asked: AskedPairs,
  committee: readonly Member[],
  signal?: AbortSignal,
): Promise<number | undefined> {
  let sum = 0;
  let count = 0;
  for (const entry of pool) {
    if (entry.part !== "train") continue;
    for (const { information } of await informationOf(entry, asked, committee, signal)) {
      sum += information!;
      count += 1;
    }
  }
  return count === 0 ? undefined : sum / count;
}

type Chosen = { entry: PoolEntry; pair: readonly [number, number]; information?: number };

const streamOf = (seed: number, name: string): Random => createRandom(spread(fnv1a(`${seed} ${name}`)));

/** The prompts of a part in an order that is the same in all rounds. */
const partOf = (pool: readonly PoolEntry[], part: PoolEntry["part"], seed: number): PoolEntry[] =>
  streamOf(seed, `prompts ${part}`).shuffle(pool.filter((entry) => entry.part === part));

function openPairs({ promptHash, candidates }: PoolEntry, asked: AskedPairs): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < candidates.length; i++) {
    for (let j = i + 1; j < candidates.length; j++) {
      if (!asked.has(promptHash, candidates[i]!.response, candidates[j]!.response)) pairs.push([i, j]);
    }
  }
  return pairs;
}

/** Goes around the prompts, on from where the rounds before it stopped, and takes a random pair at each. */
function randomPairs(
  entries: readonly PoolEntry[],
  asked: AskedPairs,
  count: number,
  random: Random,
  round: number,
): Chosen[] {
  const start = entries.length === 0 ? 0 : ((round - 1) * count) % entries.length;
  const turns = [...entries.slice(start), ...entries.slice(0, start)].map((entry) =>
    random.shuffle(openPairs(entry, asked)).map((pair) => ({ entry, pair })),
  );
  return byTurns(turns, count);
}

/**
 * Draws pairs without replacement, each with a probability in proportion to its information: the race of exponential
 * clocks of Efraimidis & Spirakis (2006).
 */
async function informativePairs(
  entries: readonly PoolEntry[],
  asked: AskedPairs,
  count: number,
  { committee, random, signal }: { committee: readonly Member[]; random: Random; signal?: AbortSignal },
): Promise<Chosen[]> {
  const byTime = (a: { time: number }, b: { time: number }) =>
    a.time < b.time ? -1 : Number(a.time > b.time);
  const races: (Chosen & { time: number })[][] = [];
  for (const entry of entries) {
    const pairs = await informationOf(entry, asked, committee, signal);
    races.push(
      pairs
        .map((pair) => ({ ...pair, time: -Math.log1p(-random.uniform()) / pair.information! }))
        .sort(byTime),
    );
  }
  return byTurns(races, count, byTime);
}

async function informationOf(
  entry: PoolEntry,
  asked: AskedPairs,
  committee: readonly Member[],
  signal?: AbortSignal,
): Promise<Chosen[]> {
  const pairs = openPairs(entry, asked);
  if (pairs.length === 0) return [];
  const responses = entry.candidates.map(({ response }) => response);
  const rows = await memberLogOdds(committee, entry.prompt, responses, { ...(signal && { signal }) });
  return pairs.map(([i, j]) => ({
    entry,
    pair: [i, j],
    information: mutualInformation(rows[i]!.map((z, m) => z - rows[j]![m]!)),
  }));
}

/** The first of each list, in the order of `compare` where there is one, then the second of each, … */
function byTurns<Item>(
  lists: readonly (readonly Item[])[],
  count: number,
  compare?: (a: Item, b: Item) => number,
): Item[] {
  const chosen: Item[] = [];
  for (let turn = 0; chosen.length < count; turn++) {
    const turnOf = lists.flatMap((list) => list.slice(turn, turn + 1));
    if (turnOf.length === 0) break;
    if (compare !== undefined) turnOf.sort(compare);
    chosen.push(...turnOf.slice(0, count - chosen.length));
  }
  return chosen;
}
