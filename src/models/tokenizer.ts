import { InputError } from "../io/errors.ts";
import type { TransformerConfig } from "./config.ts";

/** One turn of a dialogue, as chat templates expect it. */
export type ChatMessage = { readonly role: string; readonly content: string };

/** Text to token ids and back. */
export type Tokenizer = {
  /** Highest token id plus one: the rows that an embedding needs. */
  readonly vocabSize: number;
  readonly bos: number | null;
  readonly eos: number | null;
  readonly pad: number | null;
  /**
   * The tokens of a text. The literal text of a special token becomes that token. Half a surrogate pair is read as U+FFFD.
   * @param options.addSpecialTokens also those that the tokenizer puts around a text (Llama: BOS before it); not for a
   *   text that `renderChat` made, which has them. Default false.
   */
  encode(text: string, options?: { addSpecialTokens?: boolean }): number[];
  /**
   * The text of a whole sequence; of a part, use `decodeContinuation`. Ids without a token, which a padded embedding
   * has, are left out; bytes that are no UTF-8 come back as U+FFFD.
   * @throws RangeError where an id is not a whole number ≥ 0
   */
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string;
  /**
   * A dialogue as the model was trained to read it, or null where the tokenizer brings no chat template.
   * @throws InputError where the template refuses the messages
   */
  renderChat:
    | null
    | ((messages: readonly ChatMessage[], options?: { addGenerationPrompt?: boolean }) => string);
  /** Writes its files into a model folder, so that `loadTokenizer` finds them there. */
  save(folder: string): Promise<void>;
};

/** @throws InputError where the tokenizer has tokens that the model has no embedding for */
export function checkVocabulary(tokenizer: Tokenizer, config: TransformerConfig, file?: string): void {
  if (tokenizer.vocabSize <= config.vocabSize) return;
  throw new InputError({
    problem: "the tokenizer does not fit the model: it has tokens that the embedding has no row for",
    ...(file !== undefined && { file }),
    found: `${tokenizer.vocabSize} tokens`,
    expected: `at most ${config.vocabSize}`,
    fix: "Use the tokenizer that belongs to the model",
  });
}

/**
 * The text that `continuation` adds to `prompt`. Tokens decoded on their own can differ from the same tokens in place:
 * a first space is dropped, a character can be split between two tokens.
 */
export function decodeContinuation(
  tokenizer: Tokenizer,
  prompt: readonly number[],
  continuation: readonly number[],
  options?: { skipSpecialTokens?: boolean },
): string {
  const before = tokenizer.decode(prompt, options);
  const whole = tokenizer.decode([...prompt, ...continuation], options);
  let same = 0;
  while (same < before.length && before[same] === whole[same]) same += 1;
  return whole.slice(same);
}
