import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../io/errors.ts";
import type { Batch } from "./batches.ts";
import { bucketLength } from "./buckets.ts";
import type { Documents } from "./documents.ts";
import { packedBatches } from "./packed-batches.ts";
import { paddedBatches } from "./padded-batches.ts";

/** Documents of these sizes with tokens 1, 2, 3, …, all different; the first `prompts` tokens of each are not learned. */
function numbered(sizes: readonly number[], prompts = 0): Documents {
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  const tokens = Int32Array.from({ length: starts.at(-1)! }, (_, i) => i + 1);
  const learned = new Uint8Array(tokens.length).fill(1);
  for (const start of starts.slice(0, -1)) learned.fill(0, start, start + prompts);
  return { tokens, learned, starts };
}

const rowsOf = ({ rows, length, ids }: Batch) =>
  Array.from({ length: rows }, (_, r) => Array.from(ids.subarray(r * length, (r + 1) * length), Number));
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });

describe("packed", () => {
  test("targets follow their tokens, and an epoch shows each token at most once", () => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (sizes, length, rows) => {
          const documents = numbered(sizes);
          fc.pre(documents.tokens.length > length);
          const batches = packedBatches(documents, { rows, length, seed: 1 });
          const sequences = Math.floor((documents.tokens.length - 1) / length);
          const seen = Array.from({ length: batches.perEpoch }, (_, i) => rowsOf(batches.at(i)))
            .flat()
            .slice(0, sequences)
            .flat();
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.length).toBe(sequences * length);
          const batch = batches.at(0);
          expect(batch.learned).toBe(rows * length);
          for (let i = 0; i + 1 < length; i++) expect(batch.targets[i]).toBe(batch.ids[i + 1]);
        },
      ),
    );
  });

  test("documents stand whole and in the order of the epoch, which differs from the next", () => {
    const documents = numbered(Array.from({ length: 20 }, () => 5));
    const batches = packedBatches(documents, { rows: 1, length: 99, seed: 3 });
    const epoch = (i: number) => rowsOf(batches.at(i))[0]!;
    expect(batches.perEpoch).toBe(1);
    expect(epoch(0)).not.toEqual(epoch(1));
    // within a document the numbers count up
    for (let i = 0; i < 99; i++)
      if (epoch(0)[i]! % 5 !== 0 && i < 98) expect(epoch(0)[i + 1]).toBe(epoch(0)[i]! + 1);
  });

  test("prompts are not learned", () => {
    const documents = numbered([6, 6], 2);
    const { learned, mask, targets } = packedBatches(documents, { rows: 1, length: 11, seed: 1 }).at(0);
    expect([...mask].map((m, i) => m === ((Number(targets[i]) - 1) % 6 >= 2 ? 1 : 0))).not.toContain(false);
    expect(learned).toBe(8);
  });

  test("a text that is too short is said", () => {
    expect(() => packedBatches(numbered([5]), { rows: 1, length: 5, seed: 1 })).toThrow(InputError);
  });
});

describe("padded", () => {
  test("an epoch shows each document once; padding is not learned", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4 }), fc.nat(5), (sizes, rows, seed) => {
        const documents = numbered(sizes.map((size) => size + 1));
        const batches = paddedBatches(documents, { rows, length: 64, seed });
        expect(batches.perEpoch).toBe(Math.ceil(sizes.length / rows));
        for (const epoch of [0, 1]) {
          const all = Array.from({ length: batches.perEpoch }, (_, i) =>
            batches.at(epoch * batches.perEpoch + i),
          );
          const seen = all.flatMap(rowsOf).filter(([first]) => first !== 0);
          expect(seen.map(([first]) => first).sort((a, b) => a! - b!)).toEqual(
            documents.starts.slice(0, -1).map((start) => start + 1),
          );
          expect(all.reduce((sum, { learned }) => sum + learned, 0)).toBe(sizes.reduce((a, b) => a + b, 0));
        }
      }),
    );
  });

  test("a batch is a pure function of its number", () => {
    const documents = numbered([3, 9, 4, 20, 7, 7, 31], 2);
    const options = { rows: 2, length: 16, seed: 5 };
    const forward = paddedBatches(documents, options);
    const inOrder = Array.from({ length: 9 }, (_, i) => forward.at(i));
    const backward = paddedBatches(documents, options);
    const reversed = Array.from({ length: 9 }, (_, i) => backward.at(8 - i)).reverse();
    expect(reversed).toEqual(inOrder);
  });

  test("a long prompt is cut at its beginning, so that the response is learned", () => {
    // 30 tokens, the last 4 learned, into 10 places
    const { ids, targets, mask, learned } = paddedBatches(numbered([30], 26), {
      rows: 1,
      length: 10,
      seed: 1,
    }).at(0);
    expect(Array.from(ids, Number)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    expect(Number(targets[9])).toBe(30);
    expect([...mask]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(learned).toBe(4);
  });

  test("a long response is cut at its end", () => {
    const { ids, mask } = paddedBatches(numbered([30], 5), { rows: 1, length: 10, seed: 1 }).at(0);
    // from the last token of the prompt, from which the first of the response is predicted
    expect(Array.from(ids, Number)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect([...mask]).toEqual(new Array(10).fill(1));
  });

  test("nothing to learn is said", () => {
    expect(() => paddedBatches(numbered([4, 4], 4), { rows: 2, length: 8, seed: 1 })).toThrow(InputError);
  });
});

test("buckets hold their lengths with at most a third of padding", () => {
  fc.assert(
    fc.property(fc.integer({ min: 12, max: 5000 }), (length) => {
      const bucket = bucketLength(length, 8192);
      expect(bucket).toBeGreaterThanOrEqual(length);
      expect(bucket).toBeLessThanOrEqual(Math.max(16, 1.5 * length));
    }),
  );
  expect([16, 17, 25, 33, 49].map((n) => bucketLength(n, 1000))).toEqual([16, 24, 32, 48, 64]);
  expect(bucketLength(100, 100)).toBe(100);
});
