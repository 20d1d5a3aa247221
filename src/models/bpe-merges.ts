import { createHeap } from "./heap.ts";

/** A word as token ids, and how often it occurs. `ids` is changed in place by merging. */
export type Word = { ids: number[]; readonly count: number };

/** Two ids that stand side by side, and the id that takes their place. */
export type Merge = { readonly left: number; readonly right: number; readonly id: number };

/**
 * Learns merges (Sennrich et al. 2016): always the most frequent pair; among equals the one with the smaller left id,
 * then the smaller right id, as the Hugging Face trainer does. Pair counts are kept up to date, never recounted.
 * @param name gives the id for a merged pair, a new or an older one, or null where the pair must not be merged
 * @param done asked before each merge
 */
export function learnMerges(
  words: readonly Word[],
  minFrequency: number,
  name: (left: number, right: number) => number | null,
  done: () => boolean,
): Merge[] {
  const pairs = countPairs(words);
  const heap = createHeap<Pair & { at: number }>(
    (a, b) => a.at > b.at || (a.at === b.at && (a.left < b.left || (a.left === b.left && a.right < b.right))),
  );
  for (const pair of pairs.values()) heap.push({ ...pair, at: pair.count });
  const merges: Merge[] = [];
  while (!done()) {
    const top = heap.pop();
    if (top === undefined) break;
    const pair = pairs.get(key(top.left, top.right))!;
    if (pair.count < minFrequency) continue;
    // an entry keeps the count it was pushed with; the count may have changed since
    if (pair.count !== top.at) {
      if (pair.count < top.at) heap.push({ ...pair, at: pair.count });
      continue;
    }
    const id = name(pair.left, pair.right);
    if (id === null) {
      pair.count = 0;
      continue;
    }
    const merge = { left: pair.left, right: pair.right, id };
    merges.push(merge);
    const { words: places } = pair;
    pair.words = [];
    for (const grown of mergeEverywhere(words, places, merge, pairs))
      heap.push({ ...grown, at: grown.count });
  }
  return merges;
}

/** `words` holds every word where the pair stands, and perhaps some where it stood. */
type Pair = { left: number; right: number; count: number; words: number[] };

/** Exact for ids below 2^26. */
const key = (left: number, right: number) => left * 2 ** 26 + right;

function countPairs(words: readonly Word[]): Map<number, Pair> {
  const pairs = new Map<number, Pair>();
  for (const [w, { ids, count }] of words.entries()) {
    for (let i = 0; i + 1 < ids.length; i++) add(pairs, ids[i]!, ids[i + 1]!, count, w);
  }
  return pairs;
}

function add(pairs: Map<number, Pair>, left: number, right: number, change: number, word: number): Pair {
  const place = key(left, right);
  let pair = pairs.get(place);
  if (pair === undefined) {
    pair = { left, right, count: 0, words: [] };
    pairs.set(place, pair);
  }
  pair.count += change;
  if (change > 0 && pair.words.at(-1) !== word) pair.words.push(word);
  return pair;
}

/** Applies a merge in all words that have the pair; gives the pairs that became more frequent. */
function mergeEverywhere(
  words: readonly Word[],
  places: readonly number[],
  { left, right, id }: Merge,
  pairs: Map<number, Pair>,
): Set<Pair> {
  const grown = new Set<Pair>();
  for (const w of places) {
    const word = words[w]!;
    const { ids, count } = word;
    let kept = 0;
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] !== left || i + 1 >= ids.length || ids[i + 1] !== right) {
        ids[kept++] = ids[i]!;
        continue;
      }
      add(pairs, left, right, -count, w);
      if (kept > 0) {
        add(pairs, ids[kept - 1]!, left, -count, w);
        grown.add(add(pairs, ids[kept - 1]!, id, count, w));
      }
      if (i + 2 < ids.length) {
        add(pairs, right, ids[i + 2]!, -count, w);
        grown.add(add(pairs, id, ids[i + 2]!, count, w));
      }
      ids[kept++] = id;
      i += 1;
    }
    ids.length = kept;
  }
  return grown;
}
