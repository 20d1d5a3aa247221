/** Files of text as tokens: those to train on and those that are held out. */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "../../io/errors.ts";
import { sha256OfFile } from "../../io/file-hash.ts";
import { systemFault } from "../../io/system-fault.ts";
import {
  type Batch,
  type Batches,
  CHAT_TEMPLATE,
  createHfTokenizer,
  type Documents,
  packedBatches,
  paddedBatches,
  type Tokenizer,
  TURN_TOKENS,
  tokenise,
  trainBpe,
} from "../../models/index.ts";
import type { Context } from "../command.ts";
import { readTexts, type SourceText, type TextOptions } from "./texts.ts";

export type TextFiles = {
  files: readonly string[];
  options: TextOptions;
};

/** A file that a run depends on, by content: the same data gives the same model wherever it lies. */
export type DataRecord = { file: string; sha256: string };

export const recordData = (files: readonly string[]): Promise<DataRecord[]> =>
  Promise.all(files.map(async (file) => ({ file: basename(file), sha256: await sha256OfFile(file) })));

/** The files that a model's folder is read from, by name; what a run left beside them does not count. */
const isModelFile = (name: string): boolean =>
  /\.(safetensors|json|jinja|bin)$/.test(name) && name !== "run.json" && name !== "adapter.safetensors";

/** A model by content: its weights, config and tokenizer. @throws InputError where it can't be read */
export async function recordModel(path: string): Promise<DataRecord[]> {
  try {
    if ((await stat(path)).isFile()) return await recordData([path]);
    const names = (await readdir(path)).filter(isModelFile).sort();
    return await recordData(names.map((name) => join(path, name)));
  } catch (error) {
    throw systemFault(error, path, "read");
  }
}

async function* textsOf({ files, options }: TextFiles, heldOut: boolean): AsyncGenerator<SourceText> {
  for (const file of files) {
    for await (const text of readTexts(file, options)) if (text.heldOut === heldOut) yield text;
  }
}

/** A byte-level BPE tokenizer with a chat template, trained on the texts that are not held out. */
export async function makeTokenizer(
  data: TextFiles,
  vocabSize: number,
  { progress }: Context,
): Promise<Tokenizer> {
  progress.show("training the tokenizer");
  try {
    const files = await trainBpe(contents(textsOf(data, false)), {
      vocabSize,
      special: TURN_TOKENS,
      chatTemplate: CHAT_TEMPLATE,
    });
    return createHfTokenizer(files);
  } catch (error) {
    if (!(error instanceof InputError) || error.fault.field !== "vocabSize") throw error;
    throw new InputError({ ...error.fault, field: "--vocab" }, { cause: error });
  }
}

async function* contents(texts: AsyncIterable<SourceText>): AsyncGenerator<string> {
  for await (const text of texts) {
    if ("text" in text) yield text.text;
    else {
      for (const { content } of text.prompt) yield content;
      yield text.response;
    }
  }
}

export type TokenisedData = {
  train: Documents;
  heldOut: Documents;
  /** Hashes of the prompts to train on, where the texts are preferences: ascending. */
  prompts: string[];
};

/** @throws InputError where one of the parts has no text */
export async function tokeniseFiles(
  data: TextFiles,
  tokenizer: Tokenizer,
  { progress, signal }: Context,
): Promise<TokenisedData> {
  const prompts = new Set<string>();
  const noting = async function* (texts: AsyncIterable<SourceText>) {
    for await (const text of texts) {
      if (text.promptHash !== undefined) prompts.add(text.promptHash);
      yield text;
    }
  };
  const show = (part: string) => (count: number) =>
    progress.show(`reading ${part}, ${count.toLocaleString("en")} texts`);
  const train = await tokenise(noting(textsOf(data, false)), tokenizer, {
    signal,
    onDocument: show("training texts"),
  });
  try {
    const options = { signal, onDocument: show("held-out texts") };
    const heldOut = await tokenise(textsOf(data, true), tokenizer, options);
    return { train, heldOut, prompts: [...prompts].sort() };
  } catch (error) {
    if (!(error instanceof InputError) || error.fault.file !== undefined) throw error;
    const fault = {
      problem: "no text is held out to measure the loss on",
      fix: "Give more texts, or a larger --held-out",
    };
    throw new InputError(fault, { cause: error });
  }
}

export type BatchSizes = { rows: number; length: number; seed: number };

/** Sequences without padding where all tokens are learned, else a row for each dialogue. */
export const trainingBatches = (
  documents: Documents,
  sizes: BatchSizes,
  learn: "all" | "response",
): Batches => (learn === "all" ? packedBatches(documents, sizes) : paddedBatches(documents, sizes));

/** Batches of about `tokens` held-out tokens, in one order for all seeds. */
export function heldOutBatches(
  documents: Documents,
  { rows, length }: BatchSizes,
  learn: "all" | "response",
  tokens: number,
): Batch[] {
  const fits = documents.tokens.length > length;
  const batches = trainingBatches(documents, { rows, length, seed: 0 }, fits ? learn : "response");
  const found: Batch[] = [];
  for (let i = 0, sum = 0; i < batches.perEpoch && sum < tokens; i++) {
    found.push(batches.at(i));
    sum += found.at(-1)!.tokens;
  }
  return found;
}
