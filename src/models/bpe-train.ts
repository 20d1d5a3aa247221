import { InputError } from "../io/errors.ts";
import { learnMerges, type Word } from "./bpe-merges.ts";
import { byteCharacters, gpt2Pattern, gpt2Words, toByteCharacters } from "./byte-level.ts";
import type { TokenizerFiles } from "./hf-tokenizer.ts";

export type BpeOptions = {
  /** At most this many tokens, special ones and the 256 bytes included; fewer where the text has too few pairs. */
  vocabSize: number;
  /** Default `<|endoftext|>`. */
  eos?: string;
  /** Where given, it is put before a text by `encode(text, { addSpecialTokens: true })`. */
  bos?: string;
  pad?: string;
  /** Further special tokens, such as those of a chat template. */
  special?: readonly string[];
  /** Jinja, see the transformers library. */
  chatTemplate?: string;
  /** Pairs that are rarer are not merged. Default 2. */
  minFrequency?: number;
};

/**
 * Trains a byte-level BPE tokenizer: every text can be encoded and comes back exactly. Special tokens get the first
 * ids, the bytes the next 256, merges the rest. Deterministic: the same texts in any order give the same tokenizer.
 * @returns the contents of `tokenizer.json` and `tokenizer_config.json`, for `createHfTokenizer`
 * @throws InputError: `vocabSize` has no room for bytes and special tokens, or these repeat or are empty
 */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  options: BpeOptions,
): Promise<TokenizerFiles> {
  const special = specialTokens(options);
  const words = await countWords(texts, special);
  const tokens = [...special, ...[...byteCharacters].sort()];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const listed: Word[] = [];
  for (const [text, count] of words) listed.push({ ids: Array.from(text, (c) => idOf.get(c)!), count });
  const reserved = new Set(special);
  const merges = learnMerges(
    listed,
    Math.max(1, options.minFrequency ?? 2),
    (left, right) => {
      const token = tokens[left]! + tokens[right]!;
      if (reserved.has(token)) return null;
      const known = idOf.get(token);
      if (known !== undefined) return known;
      idOf.set(token, tokens.length);
      return tokens.push(token) - 1;
    },
    () => tokens.length >= options.vocabSize,
  );
  const pairs = merges.map(({ left, right }) => `${tokens[left]} ${tokens[right]}`);
  return {
    tokenizer: tokenizerJson(idOf, pairs, special, options.bos),
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      ...(options.bos !== undefined && { bos_token: options.bos }),
      eos_token: options.eos ?? defaultEos,
      ...(options.pad !== undefined && { pad_token: options.pad }),
      clean_up_tokenization_spaces: false,
      ...(options.chatTemplate !== undefined && { chat_template: options.chatTemplate }),
    },
  };
}

const defaultEos = "<|endoftext|>";

function specialTokens({ vocabSize, eos = defaultEos, bos, pad, special = [] }: BpeOptions): string[] {
  // a model may use one token for several ends; beyond that each must be named once
  const named = new Set([bos, eos, pad].filter((token) => token !== undefined));
  const tokens = [...named, ...special];
  for (const token of tokens) {
    if (
      token === "" ||
      tokens.indexOf(token) !== tokens.lastIndexOf(token) ||
      byteCharacters.includes(token)
    ) {
      throw new InputError({
        problem: "a special token is empty, a single byte, or named twice",
        field: "special",
        found: JSON.stringify(token),
      });
    }
  }
  const least = 256 + tokens.length;
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > 2 ** 24) {
    throw new InputError({
      problem: "not a possible size of vocabulary",
      field: "vocabSize",
      found: String(vocabSize),
      expected: `a whole number from ${least} (256 bytes and ${tokens.length} special tokens) to 2^24`,
    });
  }
  return tokens;
}

/** How often each word occurs, in byte characters, ordered by text. Special tokens in a text are no part of it. */
async function countWords(
  texts: Iterable<string> | AsyncIterable<string>,
  special: readonly string[],
): Promise<[string, number][]> {
  const counts = new Map<string, number>();
  // longest first, as a special token may begin another
  const ordered = [...special].sort((a, b) => b.length - a.length);
  const between = new RegExp(
    ordered.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"),
    "u",
  );
  for await (const text of texts) {
    for (const part of text.split(between)) {
      for (const word of part.match(gpt2Words) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([word, count]): [string, number] => [toByteCharacters(word), count])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function tokenizerJson(
  idOf: ReadonlyMap<string, number>,
  merges: readonly string[],
  special: readonly string[],
  bos?: string,
): object {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({ id, content, ...added })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        // the pattern stands here, as ports of ByteLevel's own pattern differ on rare white space
        { type: "Split", pattern: { Regex: gpt2Pattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: bos === undefined ? null : bosTemplate(bos, idOf.get(bos)!),
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(idOf),
      merges,
    },
  };
}

function bosTemplate(bos: string, id: number): object {
  const first = { SpecialToken: { id: bos, type_id: 0 } };
  const text = (name: "A" | "B") => ({ Sequence: { id: name, type_id: 0 } });
  return {
    type: "TemplateProcessing",
    single: [first, text("A")],
    pair: [first, text("A"), first, text("B")],
    special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
  };
}
