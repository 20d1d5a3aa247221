import { InputError } from "../../io/errors.ts";
import { createRandom } from "../../stats/random.ts";
import {
  type Batch,
  type Batches,
  type BatchOptions,
  documentLength,
  emptyBatch,
  epochOrder,
  rememberLast,
} from "./batches.ts";
import { bucketLength } from "./buckets.ts";
import type { Documents } from "./documents.ts";

/** Documents are sorted by length within so many batches: little padding, and an order that is still random. */
const WINDOW = 32;

/**
 * One document a row, padded at the end to the length bucket of the longest in its batch. Documents of like length stand
 * together. A prompt that leaves the learned part no room is cut at its beginning, then the text at its end. The last batch
 * of an epoch may have empty rows.
 * @throws InputError where no document has a token to learn
 */
export function paddedBatches(documents: Documents, { rows, length, seed }: BatchOptions): Batches {
  const usable = usableSpans(documents, length);
  if (usable.length === 0) {
    throw new InputError({
      problem: "no document has a token to learn from",
      expected: "at least one token after the first",
    });
  }
  const perEpoch = Math.ceil(usable.length / rows);
  const ordered = rememberLast((epoch) => epochBatches(usable, rows, seed, epoch));
  return {
    perEpoch,
    at: (index) => fill(documents, ordered(Math.floor(index / perEpoch))[index % perEpoch]!, rows, length),
  };
}

/** Tokens `start`…`end` − 1 of all tokens. */
type Span = { readonly start: number; readonly end: number };

/** Each document cut to `length` + 1 tokens; those with nothing to learn are left out. */
function usableSpans(documents: Documents, length: number): Span[] {
  const { starts, learned } = documents;
  const spans: Span[] = [];
  for (let document = 0; document + 1 < starts.length; document++) {
    const size = documentLength(documents, document);
    const end = starts[document]! + size;
    const first = learned.indexOf(1, starts[document]!);
    // the token before the first learned one is kept, to predict it from
    const latest = first === -1 || first >= end ? starts[document]! : Math.max(starts[document]!, first - 1);
    const start = Math.min(latest, Math.max(starts[document]!, end - length - 1));
    const span = { start, end: Math.min(end, start + length + 1) };
    if (learned.subarray(span.start + 1, span.end).includes(1)) spans.push(span);
  }
  return spans;
}

const lengthOf = ({ start, end }: Span): number => end - start - 1;

function epochBatches(spans: readonly Span[], rows: number, seed: number, epoch: number): Span[][] {
  const order = epochOrder(spans.length, seed, epoch).map((i) => spans[i]!);
  const batches: Span[][] = [];
  for (let from = 0; from < order.length; from += WINDOW * rows) {
    const window = order.slice(from, from + WINDOW * rows).sort((a, b) => lengthOf(a) - lengthOf(b));
    for (let row = 0; row < window.length; row += rows) batches.push(window.slice(row, row + rows));
  }
  return createRandom(Math.imul(seed + 7, 0xc2b2ae35) ^ epoch).shuffle(batches);
}

function fill({ tokens, learned }: Documents, spans: readonly Span[], rows: number, most: number): Batch {
  const batch = emptyBatch(rows, bucketLength(Math.max(...spans.map(lengthOf)), most));
  const { ids, targets, mask, length } = batch;
  spans.forEach((span, row) => {
    for (let i = 0; i < lengthOf(span); i++) {
      ids[row * length + i] = BigInt(tokens[span.start + i]!);
      targets[row * length + i] = BigInt(tokens[span.start + i + 1]!);
      mask[row * length + i] = learned[span.start + i + 1]!;
      batch.learned += learned[span.start + i + 1]!;
    }
    batch.tokens += lengthOf(span);
  });
  return batch;
}
