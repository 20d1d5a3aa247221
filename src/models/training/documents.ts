import { createHash } from "node:crypto";
import { InputError } from "../../io/errors.ts";
import { encodePrompt, encodeResponse } from "../dialogue.ts";
import type { ChatMessage, Tokenizer } from "../tokenizer.ts";

/** A text to learn from: as it is, or a dialogue with its response. */
export type TrainingText =
  | {
      readonly text: string;
      /** The text goes on in the next one: no end-of-text token follows. */
      readonly continues?: boolean;
    }
  | {
      readonly prompt: readonly ChatMessage[];
      readonly response: string;
      /** `response`: the prompt is read, but not learned. */
      readonly learn: "all" | "response";
    };

/** Tokenised texts, one after the other. */
export type Documents = {
  readonly tokens: Int32Array;
  /** 1 where a token is learned, 0 where it is only read; one a token. */
  readonly learned: Uint8Array;
  /** Where each document begins, and the number of all tokens at the end. */
  readonly starts: readonly number[];
};

/** How many documents are read before other work gets its turn. */
const TURN = 64;

/**
 * Tokenises texts; each ends in the tokenizer's end-of-text token.
 * @throws InputError where the tokenizer has no end-of-text token, or there is no text
 */
export async function tokenise(
  texts: Iterable<TrainingText> | AsyncIterable<TrainingText>,
  tokenizer: Tokenizer,
  { signal, onDocument }: { signal?: AbortSignal; onDocument?: (count: number) => void } = {},
): Promise<Documents> {
  const { eos } = tokenizer;
  if (eos === null) {
    throw new InputError({
      problem: "the tokenizer names no end-of-text token, which joins documents",
      fix: 'Name its "eos_token" in tokenizer_config.json',
    });
  }
  const tokens = new Growing((size) => new Int32Array(size));
  const learned = new Growing((size) => new Uint8Array(size));
  const starts = [0];
  for await (const text of texts) {
    const { read, learn } = encode(text, tokenizer, eos);
    if (learn.length === 0) continue;
    tokens.push(read).push(learn);
    learned.push(new Uint8Array(read.length)).push(new Uint8Array(learn.length).fill(1));
    if (starts.push(tokens.length) % TURN === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      onDocument?.(starts.length - 1);
    }
  }
  if (starts.length === 1) throw new InputError({ problem: "there is no text to learn from" });
  return { tokens: tokens.values(), learned: learned.values(), starts };
}

/** Tokens that are only read, and those that are learned after them. */
function encode(text: TrainingText, tokenizer: Tokenizer, eos: number): { read: number[]; learn: number[] } {
  if ("text" in text) {
    const learn = tokenizer.encode(text.text, { addSpecialTokens: true });
    if (text.continues !== true) learn.push(eos);
    return { read: [], learn };
  }
  const prompt = encodePrompt(tokenizer, text.prompt);
  const response = [...encodeResponse(tokenizer, text.response), eos];
  return text.learn === "all"
    ? { read: [], learn: [...prompt, ...response] }
    : { read: prompt, learn: response };
}

/**
 * Whether a text is kept from training, to measure the loss on: by its SHA-256 and the seed, so that the same text falls
 * in the same part in every file.
 * @param share in (0, 1)
 */
export function isHeldOut(text: string, seed: number, share: number): boolean {
  const digest = createHash("sha256").update(`${seed}:held-out:`).update(text).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48 < share;
}

/** A typed array that grows at its end. */
class Growing<T extends Int32Array | Uint8Array> {
  length = 0;
  #array: T;

  constructor(readonly make: (size: number) => T) {
    this.#array = make(2 ** 16);
  }

  push(values: ArrayLike<number>): this {
    if (this.length + values.length > this.#array.length) {
      const larger = this.make(Math.max(2 * this.#array.length, this.length + values.length));
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array.set(values, this.length);
    this.length += values.length;
    return this;
  }

  values(): T {
    return this.#array.slice(0, this.length) as T;
  }
}
