/**
 * `tokenizer.json` of the Hugging Face tokenizers library, run by its JavaScript port.
 * @module
 */
import { basename, dirname, join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { z } from "zod";
import { InputError } from "../io/errors.ts";
import { writeFileAtomic, writeJsonAtomic } from "../io/write.ts";
import { openBytes, orMissing } from "./byte-source.ts";
import { describe, parseWith, readJsonFile } from "./json-file.ts";
import type { ChatMessage, Tokenizer } from "./tokenizer.ts";

/** The parsed files of a tokenizer. */
export type TokenizerFiles = {
  /** `tokenizer.json` */
  readonly tokenizer: unknown;
  /** `tokenizer_config.json`; `{}` where there is none. */
  readonly config: unknown;
  /** `special_tokens_map.json` */
  readonly specialTokens?: unknown;
  /** `chat_template.jinja`, where newer models keep it. */
  readonly chatTemplate?: string;
};

const tokenText = z.union(
  [z.string(), z.object({ content: z.string() }).transform(({ content }) => content)],
  {
    error: "a special token is neither text nor an object with its content",
  },
);

const specialTokensSchema = z.object(
  { bos_token: tokenText.nullish(), eos_token: tokenText.nullish(), pad_token: tokenText.nullish() },
  { error: "not an object" },
);

const configSchema = specialTokensSchema.extend({
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))], {
      error: "the chat template is neither text nor a list of named templates",
    })
    .nullish(),
});

const id = z
  .int("a token's id is not a whole number")
  .min(0, "a token's id is negative")
  .max(2 ** 31 - 1);

const tokenizerSchema = z.looseObject(
  {
    model: z.looseObject(
      {
        type: z.enum(["BPE", "Unigram", "WordPiece"], "a kind of tokenizer that we do not read").optional(),
        vocab: z.unknown(),
      },
      { error: "the tokenizer's model is not an object" },
    ),
    added_tokens: z
      .array(z.looseObject({ id, content: z.string().min(1, "an added token is empty") }), {
        error: "not a list",
      })
      .nullish(),
  },
  { error: "the tokenizer is not an object" },
);

/** @param file `tokenizer.json`; its companions are read from the same folder */
export async function loadHfTokenizer(file: string): Promise<Tokenizer> {
  const beside = (name: string) => join(dirname(file), name);
  const tokenizer = await readJsonFile(file);
  const config = (await orMissing(readJsonFile(beside("tokenizer_config.json")))) ?? {};
  const specialTokens = await orMissing(readJsonFile(beside("special_tokens_map.json")));
  const chatTemplate = await orMissing(readText(beside("chat_template.jinja")));
  return createHfTokenizer(
    {
      tokenizer,
      config,
      ...(specialTokens !== undefined && { specialTokens }),
      ...(chatTemplate !== undefined && { chatTemplate }),
    },
    file,
  );
}

/** @throws InputError: not a tokenizer, or one with parts that the library does not have */
export function createHfTokenizer(files: TokenizerFiles, file = "tokenizer.json"): Tokenizer {
  const configFile = join(dirname(file), "tokenizer_config.json");
  const config = parseWith(configSchema, files.config, configFile);
  const more = parseWith(
    specialTokensSchema,
    files.specialTokens ?? {},
    join(dirname(file), "special_tokens_map.json"),
  );
  const parsed = parseWith(tokenizerSchema, files.tokenizer, file);
  const added = parsed.added_tokens ?? [];
  const vocabSize = vocabularySize(parsed.model.vocab, added, file);
  const named = {
    bos_token: config.bos_token ?? more.bos_token ?? null,
    eos_token: config.eos_token ?? more.eos_token ?? null,
    pad_token: config.pad_token ?? more.pad_token ?? null,
  };
  const library = orInputError(file, () => {
    // these parts may be left out where there are none; the library wants them named
    const none = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
    return new Library(
      { ...none, ...parsed, added_tokens: added },
      { ...(files.config as object), ...named },
    );
  });
  const special = (field: keyof typeof named) => {
    const text = named[field];
    return text === null ? null : { text, id: idOf(library, text, field, configFile) };
  };
  const tokens = { bos: special("bos_token"), eos: special("eos_token"), pad: special("pad_token") };
  const template = chatTemplate(config.chat_template, files.chatTemplate);
  return {
    vocabSize,
    bos: tokens.bos?.id ?? null,
    eos: tokens.eos?.id ?? null,
    pad: tokens.pad?.id ?? null,
    encode: (text, { addSpecialTokens = false } = {}) => encode(library, file, text, addSpecialTokens),
    decode: (ids, { skipSpecialTokens = false } = {}) => decode(library, file, ids, skipSpecialTokens),
    renderChat: template === null ? null : chatRenderer(template, tokens, configFile),
    save: (folder) => save(files, folder),
  };
}

/** Highest id plus one. BPE and WordPiece map texts to ids; Unigram lists [text, score]. */
function vocabularySize(vocab: unknown, added: readonly { id: number }[], file: string): number {
  const used = new Map<number, string>();
  let size = 0;
  if (Array.isArray(vocab)) size = vocab.length;
  else if (typeof vocab === "object" && vocab !== null) {
    for (const [text, value] of Object.entries(vocab)) {
      const found = parseWith(id, value, file, `model.vocab.${text}`);
      if (used.has(found)) {
        throw new InputError({
          problem: "two tokens have the same id",
          file,
          field: "model.vocab",
          found: `${found} for ${describe(used.get(found))} and ${describe(text)}`,
        });
      }
      used.set(found, text);
      size = Math.max(size, found + 1);
    }
  } else {
    throw new InputError({
      problem: "the vocabulary is neither an object nor a list",
      file,
      field: "model.vocab",
      found: describe(vocab),
    });
  }
  for (const token of added) size = Math.max(size, token.id + 1);
  return size;
}

function idOf(library: Library, text: string, field: string, file: string): number {
  const found = library.token_to_id(text);
  if (found !== undefined) return found;
  throw new InputError({
    problem: "a special token is not in the vocabulary",
    file,
    field,
    found: describe(text),
    fix: "Add it to tokenizer.json, or take it out here",
  });
}

function encode(library: Library, file: string, text: string, addSpecialTokens: boolean): number[] {
  const { ids } = orInputError(file, () => library.encode(text, { add_special_tokens: addSpecialTokens }));
  const unknown = ids.findIndex((found: unknown) => !Number.isInteger(found));
  if (unknown === -1) return ids;
  throw new InputError({ problem: "the tokenizer has no token for a part of the text", file });
}

function decode(library: Library, file: string, ids: readonly number[], skipSpecialTokens: boolean): string {
  const wrong = ids.find((found) => !Number.isInteger(found) || found < 0);
  if (wrong !== undefined) throw new RangeError(`${wrong} is not a token id`);
  const known = ids.filter((found) => library.id_to_token(found) !== undefined);
  if (known.length === 0) return "";
  return orInputError(file, () =>
    // cleaning up would drop spaces before punctuation, so that a text would not come back as it was
    library.decode(known, { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false }),
  );
}

type NamedTemplate = z.infer<typeof configSchema>["chat_template"];

/** A file of its own goes before the config; of several templates the one named `default` counts. */
function chatTemplate(inConfig: NamedTemplate, inFile: string | undefined): string | null {
  if (inFile !== undefined) return inFile;
  if (Array.isArray(inConfig)) return inConfig.find(({ name }) => name === "default")?.template ?? null;
  return inConfig ?? null;
}

type Named = { text: string } | null;

function chatRenderer(
  template: string,
  tokens: { bos: Named; eos: Named; pad: Named },
  file: string,
): NonNullable<Tokenizer["renderChat"]> {
  const parsed = orInputError(file, () => new Template(template), "chat_template");
  return (messages: readonly ChatMessage[], { addGenerationPrompt = false } = {}) =>
    orInputError(
      file,
      () =>
        parsed.render({
          messages: messages.map(({ role, content }) => ({ role, content })),
          add_generation_prompt: addGenerationPrompt,
          bos_token: tokens.bos?.text ?? "",
          eos_token: tokens.eos?.text ?? "",
          pad_token: tokens.pad?.text ?? "",
        }),
      "chat_template",
    );
}

async function save(files: TokenizerFiles, folder: string): Promise<void> {
  await writeJsonAtomic(join(folder, "tokenizer_config.json"), files.config);
  if (files.specialTokens !== undefined) {
    await writeJsonAtomic(join(folder, "special_tokens_map.json"), files.specialTokens);
  }
  if (files.chatTemplate !== undefined) {
    await writeFileAtomic(join(folder, "chat_template.jinja"), files.chatTemplate);
  }
  await writeJsonAtomic(join(folder, "tokenizer.json"), files.tokenizer);
}

/** The libraries throw plain errors, of any kind where a file is damaged. */
function orInputError<T>(file: string, work: () => T, field?: string): T {
  try {
    return work();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const problem = field === undefined ? `can't use ${basename(file)}` : "can't use the chat template";
    throw new InputError(
      { problem: `${problem}: ${said.slice(0, 200)}`, file, ...(field !== undefined && { field }) },
      { cause: error },
    );
  }
}

async function readText(file: string): Promise<string> {
  const source = await openBytes(file);
  try {
    return new TextDecoder().decode(await source.read(0, source.size));
  } finally {
    await source.close();
  }
}
