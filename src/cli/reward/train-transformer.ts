import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../io/errors.ts";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import {
  type Pooling,
  saveTransformers,
  type TransformerInfo,
  trainTransformer,
} from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { type SessionFlags, sessionOptions } from "../session-options.ts";
import { readTrainingPairs, type TrainCommandOptions, type Trained, type TrainingPairs } from "./train.ts";

export type TransformerCommandOptions = Omit<TrainCommandOptions, "value"> &
  SessionFlags & {
    value: string[];
    trunk?: string;
    pooling: Pooling;
    epochs: number;
    batch: number;
    lr: number;
    centring: number;
    context?: number;
    onNgram?: boolean;
  };

export type TransformerResult = Trained<TransformerInfo>;

/** Reads preferences of one or several values, trains heads on one trunk and writes the models. */
export async function trainTransformers(
  options: TransformerCommandOptions,
  context: Context,
): Promise<TransformerResult[]> {
  const { signal, progress } = context;
  if (options.trunk === undefined) {
    throw new UsageError("--model transformer needs --trunk, a language model such as lm train writes");
  }
  const read = new Map<string, TrainingPairs>();
  for (const [value, data] of filesByValue(options)) {
    read.set(value, await readTrainingPairs({ ...options, value, data }, context));
  }
  progress.show(`reading ${options.trunk}`);
  const seen = await promptsOf(options.trunk);
  const training = await trainTransformer(
    [...read.values()].flatMap(({ pairs }) => pairs),
    {
      seed: options.seed,
      trunk: await loadModel(options.trunk),
      tokenizer: await loadTokenizer(options.trunk),
      ...(seen && { trunkPrompts: seen }),
      ...(options.half !== undefined && { half: options.half }),
      pooling: options.pooling,
      epochs: options.epochs,
      batch: options.batch,
      learningRate: options.lr,
      centring: options.centring,
      ...(options.context !== undefined && { length: options.context }),
      ...(options.onNgram && { onNgram: true }),
      session: sessionOptions(options),
      signal,
      onProgress: (text) => progress.show(text),
    },
  );
  signal.throwIfAborted();
  const saved = await saveTransformers(options.out, training, (value) => read.get(value)!.data);
  return saved.map(({ folder, info }) => {
    const { bad, leftOut } = read.get(info.value)!;
    return { model: folder, bad, leftOut, ...info };
  });
}

/** With one value all files are its own; with several there is one file for each, in the same order. */
function filesByValue({ value: values, data }: TransformerCommandOptions): [string, string[]][] {
  if (values.length === 1) return [[values[0]!, data]];
  if (new Set(values).size < values.length) throw new UsageError("--value names a value twice");
  if (values.length !== data.length) {
    throw new UsageError(
      `${values.length} values need a file each, in the same order: --data has ${data.length}`,
    );
  }
  return values.map((value, i) => [value, [data[i]!]]);
}

/** The prompts that `lm train` says the trunk was trained on; undefined for a trunk from elsewhere. */
async function promptsOf(trunk: string): Promise<Set<string> | undefined> {
  const text = await readFile(join(trunk, "prompts.txt"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : new Set(text.split("\n").filter((line) => line !== ""));
}
