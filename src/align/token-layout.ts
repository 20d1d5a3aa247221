/**
 * Responses as the arrays that a pass reads: sequences padded at the right, and one flat list of all response tokens.
 * @module
 */
import { int64, type Value } from "../engine/index.ts";
import { bucketLength } from "../models/index.ts";

/** A response, or the beginning of one, after its prompt. */
export type ResponseTokens = { readonly promptIds: readonly number[]; readonly tokens: readonly number[] };

/** Concrete sizes of a pass; equal sizes share a program. */
export type TokenShape = {
  /** Sequences. */
  readonly rows: number;
  /** Tokens of each, padding included. */
  readonly length: number;
  /** Response tokens of all sequences, padding included. */
  readonly tokens: number;
};

export const shapeKey = ({ rows, length, tokens }: TokenShape): string => `${rows}×${length}/${tokens}`;

export type TokenLayout = {
  readonly shape: TokenShape;
  /** Response tokens that are no padding; they come first, in the order of the responses. */
  readonly count: number;
  /**
   * Inputs of a `policyPass`: `ids` [rows, length]; `at` [tokens], the place in rows·length from which each response token is
   * predicted; `targets` [tokens], the response tokens. Padding predicts token 0 from place 0; what comes out has no meaning.
   */
  readonly feeds: Readonly<Record<"ids" | "at" | "targets", Value>>;
};

/** Response tokens are padded to this share of all places, or a multiple of it: each size is a program to build and keep. */
const TOKEN_SHARE = 1 / 4;

/**
 * @param rows at least as many as responses; further ones stay empty
 * @param context the model's: no sequence is longer
 */
export function layOut(responses: readonly ResponseTokens[], rows: number, context: number): TokenLayout {
  const length = bucketLength(
    Math.max(...responses.map(({ promptIds, tokens }) => promptIds.length + tokens.length)),
    context,
  );
  const count = responses.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const step = Math.ceil(TOKEN_SHARE * rows * length);
  const size = Math.min(Math.ceil(count / step) * step, rows * length);
  const ids = new BigInt64Array(rows * length);
  const at = new BigInt64Array(size);
  const targets = new BigInt64Array(size);
  let next = 0;
  for (const [row, { promptIds, tokens }] of responses.entries()) {
    const start = row * length;
    for (const [t, id] of promptIds.entries()) ids[start + t] = BigInt(id);
    for (const [t, id] of tokens.entries()) {
      const place = start + promptIds.length + t;
      ids[place] = BigInt(id);
      at[next] = BigInt(place - 1);
      targets[next] = BigInt(id);
      next += 1;
    }
  }
  return {
    shape: { rows, length, tokens: size },
    count,
    feeds: { ids: int64(ids, [rows, length]), at: int64(at), targets: int64(targets) },
  };
}

/** A flat list of per-token numbers, padded with zeros to the layout's size. */
export function flatTokens(perResponse: readonly ArrayLike<number>[], { shape }: TokenLayout): Float32Array {
  const flat = new Float32Array(shape.tokens);
  let next = 0;
  for (const numbers of perResponse) {
    flat.set(numbers, next);
    next += numbers.length;
  }
  return flat;
}

/** The reverse of `flatTokens`. */
export function perResponse(flat: Float32Array, responses: readonly ResponseTokens[]): Float32Array[] {
  let next = 0;
  return responses.map(({ tokens }) => {
    next += tokens.length;
    return flat.slice(next - tokens.length, next);
  });
}
