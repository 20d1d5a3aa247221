import type { Tokenizer } from "../../models/index.ts";

/** Tokens of the prompt that are decoded with the first ones after it, so that a first space shows. */
const BEFORE = 5;

/**
 * The text of tokens as they come, without decoding all of them again at each: a token is decoded together with those since
 * the last piece of text. What may be half a character waits for its rest.
 */
export class IncrementalText {
  readonly #tokenizer: Tokenizer;
  readonly #ids: number[];
  /** From here on is decoded; up to `#read` it has been given out. */
  #from = 0;
  #read: number;

  constructor(tokenizer: Tokenizer, promptIds: readonly number[]) {
    this.#tokenizer = tokenizer;
    this.#ids = promptIds.slice(-BEFORE);
    this.#read = this.#ids.length;
  }

  /** @returns the text that has become sure; often that of this token */
  push(token: number): string {
    this.#ids.push(token);
    const [before, whole] = [this.#text(this.#read), this.#text()];
    if (whole.length <= before.length || whole.endsWith("\ufffd")) return "";
    this.#from = this.#read;
    this.#read = this.#ids.length;
    return whole.slice(before.length);
  }

  /** @returns what was still waiting, at the end; bytes that are no UTF-8 as U+FFFD */
  flush(): string {
    const rest = this.#text().slice(this.#text(this.#read).length);
    this.#read = this.#ids.length;
    return rest;
  }

  #text(end?: number): string {
    return this.#tokenizer.decode(this.#ids.slice(this.#from, end), { skipSpecialTokens: true });
  }
}
