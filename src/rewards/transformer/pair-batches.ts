import { bucketLength, epochOrder } from "../../models/index.ts";
import { createRandom } from "../../stats/random.ts";
import type { TokenPair } from "./pair-loss.ts";

/** Pairs that are learned together, padded to one length. */
export type PairBatch = { readonly pairs: readonly TokenPair[]; readonly length: number };

/** Pairs are sorted by length within so many batches: little padding, and an order that is still random. */
const WINDOW = 16;

/** The batches of an epoch: every pair once, in an order of the seed. */
export function epochBatches(
  pairs: readonly TokenPair[],
  { size, length, seed, epoch }: { size: number; length: number; seed: number; epoch: number },
): PairBatch[] {
  const order = epochOrder(pairs.length, seed, epoch).map((i) => pairs[i]!);
  const batches: PairBatch[] = [];
  for (let from = 0; from < order.length; from += WINDOW * size) {
    const window = order.slice(from, from + WINDOW * size).sort((a, b) => lengthOf(a) - lengthOf(b));
    for (let i = 0; i < window.length; i += size) {
      const part = window.slice(i, i + size);
      batches.push({ pairs: part, length: bucketLength(Math.max(...part.map(lengthOf)), length) });
    }
  }
  return createRandom(Math.imul(seed + 11, 0xc2b2ae35) ^ epoch).shuffle(batches);
}

const lengthOf = ({ chosen, rejected }: TokenPair): number =>
  Math.max(chosen.tokens.length, rejected.tokens.length);
