import { fitBradleyTerry } from "../logistic.ts";
import type { SparseRows } from "../sparse.ts";

/** r = ngram · r_ngram + transformer · r_transformer, both ≥ 0. */
export type Blend = { ngram: number; transformer: number };

/** Keeps the weights finite where every pair is told apart; too weak to be seen elsewhere. */
const L2 = 1e-3;

/**
 * Stacking (Wolpert 1992): the weights of two models by the likelihood of pairs that neither was fitted on. A model that
 * adds nothing, or harms, gets 0: the blend is then the other one. Where neither is worth anything, it is the n-gram model.
 *
 * @param ngram Δ of each pair; @param transformer Δ of each pair, in the same order
 */
export function fitBlend(
  ngram: Float64Array,
  transformer: Float64Array,
  { margins, counts }: { margins?: Float64Array; counts?: Float64Array } = {},
): Blend {
  const weights = (use: readonly Float64Array[]) =>
    fitBradleyTerry({
      differences: columnsOf(use),
      l2: L2,
      ...(margins && { margins }),
      ...(counts && { counts }),
    }).x;
  const [a, b] = weights([ngram, transformer]) as unknown as [number, number];
  if (a >= 0 && b >= 0 && a + b > 0) return { ngram: a, transformer: b };
  // the loss is convex: where the best point has a negative weight, the best allowed one has 0 there
  const alone = weights([b < 0 ? ngram : transformer])[0]!;
  if (!(alone > 0)) return { ngram: 1, transformer: 0 };
  return b < 0 ? { ngram: alone, transformer: 0 } : { ngram: 0, transformer: alone };
}

function columnsOf(columns: readonly Float64Array[]): SparseRows {
  const rows = columns[0]!.length;
  const width = columns.length;
  return {
    columns: width,
    starts: Int32Array.from({ length: rows + 1 }, (_, i) => i * width),
    indices: Int32Array.from({ length: rows * width }, (_, k) => k % width),
    values: Float64Array.from(
      { length: rows * width },
      (_, k) => columns[k % width]![Math.floor(k / width)]!,
    ),
  };
}
