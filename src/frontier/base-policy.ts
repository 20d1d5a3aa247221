/**
 * The base policy of the demo world: a small language model that has read the world's dialogues, of mixed quality, and
 * nothing else. It is what alignment starts from, and what KL is measured against.
 * @module
 */
import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SessionOptions } from "../engine/index.ts";
import { InputError } from "../io/errors.ts";
import { parseJson } from "../io/json.ts";
import { systemFault } from "../io/system-fault.ts";
import { writeJsonAtomic } from "../io/write.ts";
import {
  type Batch,
  type Batches,
  CHAT_TEMPLATE,
  createHfTokenizer,
  initialWeights,
  paddedBatches,
  type Tokenizer,
  type TrainingText,
  type TransformerConfig,
  TURN_TOKENS,
  tokenise,
  trainBpe,
  trainLanguageModel,
} from "../models/index.ts";
import { createRandom } from "../stats/random.ts";
import { createCorpus, type WorldText } from "../world/index.ts";

export type BasePolicySettings = {
  /** Topics of each intent that are asked for: a corner of the world that a small model can know well. */
  topics: number;
  /** Distinct prompts to learn from. */
  prompts: number;
  /** Responses to each of them. */
  responses: number;
  /** Further prompts, to measure the loss on. */
  heldOut: number;
  /** Texts that the tokenizer's merges are counted on. */
  tokenizerTexts: number;
  vocabSize: number;
  dim: number;
  layers: number;
  heads: number;
  /** Width inside the feed-forward part. */
  hidden: number;
  /** Longest sequence that the model can read, in tokens. */
  context: number;
  /** Dialogues of a batch, and their length in tokens at most. */
  rows: number;
  length: number;
  steps: number;
  warmup: number;
  learningRate: number;
  weightDecay: number;
};

/** Topics of each intent in the experiment's prompts. */
export const TOPICS = 4;

/** Chosen by measurement: see NOTEBOOK.md. */
export const BASE_POLICY: Readonly<BasePolicySettings> = {
  topics: TOPICS,
  prompts: 9000,
  responses: 2,
  heldOut: 200,
  tokenizerTexts: 4000,
  vocabSize: 1536,
  dim: 64,
  layers: 2,
  heads: 2,
  hidden: 128,
  context: 256,
  rows: 12,
  length: 128,
  steps: 2000,
  warmup: 100,
  learningRate: 5e-3,
  weightDecay: 0.01,
};

export type BasePolicyOptions = {
  /** Where the model goes, in Hugging Face layout; a folder of its own. */
  folder: string;
  /** Of the texts, the first weights and the order of learning. */
  seed: number;
  /** In place of `BASE_POLICY`, for a smaller or larger one. */
  settings?: Partial<BasePolicySettings>;
  session?: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

export type BasePolicyResult = {
  /** Names the settings, the seed and the texts: equal hashes, equal policies (on one machine, with one number of threads). */
  hash: string;
  /** In nats a token of held-out responses, after training. */
  heldOutLoss: number;
  /** The folder held it already. */
  reused: boolean;
};

const FORMAT = "allgood-base-policy/1";
const RECORD = "base-policy.json";
const recordSchema = z.object({
  format: z.literal(FORMAT, "not a base policy that we read"),
  hash: z.string(),
  /** Absent until training is done. */
  heldOutLoss: z.number().optional(),
});

/**
 * Makes the base policy, or goes on where a run was stopped; where the folder holds the finished one, there is nothing to
 * do. One of other settings or seed is replaced.
 * @throws InputError where the folder holds something else, or can't be read or written; RangeError where a setting is
 *   out of range; the signal's reason after a checkpoint
 */
export async function trainBasePolicy(options: BasePolicyOptions): Promise<BasePolicyResult> {
  const { folder, seed } = options;
  const settings = { ...BASE_POLICY, ...options.settings };
  const { topics, prompts, responses, heldOut } = settings;
  const corpus = createCorpus({ seed, topics, prompts, responses, heldOut });
  const hash = hashOf(settings, seed, corpus.train);
  const record = await readRecord(folder);
  if (record?.hash === hash && record.heldOutLoss !== undefined)
    return { hash, heldOutLoss: record.heldOutLoss, reused: true };
  if (record?.hash !== hash) {
    if (record !== undefined) await empty(folder);
    await writeJsonAtomic(join(folder, RECORD), { format: FORMAT, hash, seed, settings });
  }
  const heldOutLoss = await train(options, settings, corpus);
  await writeJsonAtomic(join(folder, RECORD), { format: FORMAT, hash, seed, settings, heldOutLoss });
  return { hash, heldOutLoss, reused: false };
}

async function train(
  { folder, seed, session, signal, onProgress }: BasePolicyOptions,
  settings: BasePolicySettings,
  corpus: { train: Iterable<WorldText>; heldOut: Iterable<WorldText> },
): Promise<number> {
  onProgress?.("learning the words of the world");
  const tokenizer = await makeTokenizer(corpus.train, settings);
  const config = configOf(settings, tokenizer.vocabSize);
  const { bos, eos, pad } = tokenizer;
  const read = (texts: Iterable<WorldText>) =>
    tokenise(learning(texts), tokenizer, {
      ...(signal && { signal }),
      onDocument: (count) => onProgress?.(`reading texts, ${count.toLocaleString("en")}`),
    });
  const { rows, length, steps, warmup, learningRate, weightDecay } = settings;
  // a dialogue a row: in texts cut anywhere, a third of the responses would stand without their prompt, and the model would
  // be long in finding out that prompts matter
  const train = paddedBatches(await read(corpus.train), { rows, length, seed });
  const heldOut = paddedBatches(await read(corpus.heldOut), { rows, length: config.context - 1, seed: 0 });
  const result = await trainLanguageModel({
    folder,
    model: {
      config,
      weights: initialWeights(config, createRandom(seed)),
      tokens: { bos, eos: eos === null ? [] : [eos], pad },
    },
    saveTokenizer: (to) => tokenizer.save(to),
    train,
    heldOut: wholeEpoch(heldOut),
    schedule: { steps, warmup, learningRate, floor: 0.05 },
    optimiser: { weightDecay, beta2: 0.98 },
    seed,
    evaluateEvery: steps,
    checkpointEvery: Math.ceil(steps / 4),
    ...(session && { session }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  return result.heldOut.lossAfter;
}

async function makeTokenizer(
  texts: Iterable<WorldText>,
  { vocabSize, tokenizerTexts }: BasePolicySettings,
): Promise<Tokenizer> {
  const files = await trainBpe(words(first(texts, tokenizerTexts)), {
    vocabSize,
    special: TURN_TOKENS,
    chatTemplate: CHAT_TEMPLATE,
  });
  return createHfTokenizer(files);
}

/** Llama's shape: RMSNorm, gated SiLU, rotary positions. */
function configOf(
  { dim, layers, heads, hidden, context }: BasePolicySettings,
  vocabSize: number,
): TransformerConfig {
  return {
    ...{ vocabSize, dim, layers, heads, kvHeads: heads, headDim: dim / heads, hidden, context },
    norm: { kind: "rms", epsilon: 1e-5 },
    activation: "gated-silu",
    positions: { kind: "rotary", theta: 10_000 },
    attentionBias: "none",
    mlpBias: false,
    tiedEmbeddings: true,
  };
}

function* first<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

function* words(texts: Iterable<WorldText>): Generator<string> {
  for (const { prompt, response } of texts) {
    for (const { content } of prompt) yield content;
    yield response;
  }
}

function* learning(texts: Iterable<WorldText>): Generator<TrainingText> {
  for (const text of texts) yield { ...text, learn: "response" };
}

const wholeEpoch = (batches: Batches): Batch[] =>
  Array.from({ length: batches.perEpoch }, (_, i) => batches.at(i));

/** The first texts stand for all: they change with the composer, the prompts and the seed. */
const FINGERPRINT = 256;

function hashOf(settings: BasePolicySettings, seed: number, texts: Iterable<WorldText>): string {
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [FORMAT, seed, sorted, [...first(texts, FINGERPRINT)]];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/** @returns undefined where the folder is empty or not there */
async function readRecord(folder: string): Promise<z.output<typeof recordSchema> | undefined> {
  const file = join(folder, RECORD);
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    throw systemFault(error, folder, "read");
  });
  if (files.length === 0) return undefined;
  if (!files.includes(RECORD)) {
    throw new InputError({
      problem: "the folder for the base policy holds something else",
      file: folder,
      fix: "Choose another folder, or empty this one",
    });
  }
  const parsed = recordSchema.safeParse(parseJson(file, await readFile(file)));
  if (parsed.success) return parsed.data;
  throw new InputError({
    problem: parsed.error.issues[0]!.message,
    file,
    field: parsed.error.issues[0]!.path.join("."),
    fix: `Remove ${folder}, and it is made anew`,
  });
}

/** Removes an earlier base policy with all that its run left; the record last, so that this can be repeated. */
async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== RECORD) await rm(join(folder, name), { recursive: true, force: true });
  }
}
