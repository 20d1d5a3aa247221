import { InputError } from "../../io/errors.ts";
import {
  type Batch,
  type Batches,
  type BatchOptions,
  emptyBatch,
  epochOrder,
  rememberLast,
} from "./batches.ts";
import type { Documents } from "./documents.ts";

/**
 * All documents joined in the order of the epoch and cut into sequences of `length` tokens, so that nothing is padding. A
 * sequence may begin or end within a document, and its tokens see those of the document before. What is left at the end
 * of an epoch is dropped; each epoch leaves another end.
 * @throws InputError where the text is shorter than one sequence
 */
export function packedBatches(documents: Documents, { rows, length, seed }: BatchOptions): Batches {
  const sequences = Math.floor((documents.tokens.length - 1) / length);
  if (sequences < 1) {
    throw new InputError({
      problem: "the text is shorter than one sequence",
      found: `${documents.tokens.length} tokens`,
      expected: `at least ${length + 1}`,
      fix: "Give more text, or a shorter context",
    });
  }
  const joined = rememberLast((epoch) => join(documents, seed, epoch));
  return {
    perEpoch: Math.ceil(sequences / rows),
    at(index) {
      const batch = emptyBatch(rows, length);
      for (let row = 0; row < rows; row++) {
        const sequence = index * rows + row;
        fillRow(batch, row, joined(Math.floor(sequence / sequences)), (sequence % sequences) * length);
      }
      return batch;
    },
  };
}

type Stream = Pick<Documents, "tokens" | "learned">;

function join({ tokens, learned, starts }: Documents, seed: number, epoch: number): Stream {
  const stream = { tokens: new Int32Array(tokens.length), learned: new Uint8Array(tokens.length) };
  let at = 0;
  for (const document of epochOrder(starts.length - 1, seed, epoch)) {
    const [start, end] = [starts[document]!, starts[document + 1]!];
    stream.tokens.set(tokens.subarray(start, end), at);
    stream.learned.set(learned.subarray(start, end), at);
    at += end - start;
  }
  return stream;
}

function fillRow(
  batch: Batch & { learned: number; tokens: number },
  row: number,
  { tokens, learned }: Stream,
  start: number,
): void {
  const { length, ids, targets, mask } = batch;
  for (let i = 0; i < length; i++) {
    ids[row * length + i] = BigInt(tokens[start + i]!);
    targets[row * length + i] = BigInt(tokens[start + i + 1]!);
    mask[row * length + i] = learned[start + i + 1]!;
    batch.learned += learned[start + i + 1]!;
  }
  batch.tokens += length;
}
