import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../io/errors.ts";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { saveTransformers, type TransformerInfo, trainTransformer } from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { readJson } from "../load.ts";
import { type SessionFlags, sessionOptions } from "../session-options.ts";
import { decimals, withInterval } from "./format.ts";
import {
  describeTraining,
  readTrainingPairs,
  refuseNoPair,
  type TrainCommandOptions,
  type Trained,
  type TrainingPairs,
} from "./train.ts";

export type TransformerCommandOptions = Omit<TrainCommandOptions, "value"> &
  SessionFlags & {
    value: string[];
    trunk?: string;
    context?: number;
    ngram: boolean;
    tune?: boolean;
    epochs: number;
    batch: number;
    lr: number;
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
    const pairs = await readTrainingPairs({ ...options, value, data }, context);
    refuseNoPair({ value, data }, pairs);
    read.set(value, pairs);
  }
  progress.show(`reading ${options.trunk}`);
  const seen = await promptsOf(options.trunk);
  if (seen !== undefined && !(await readBothSides(options.trunk))) {
    context.note(
      "the trunk has read the chosen responses of the training part, and not the rejected ones: it may know them by heart, " +
        "and seem better in cross-validation than it is. Train it with lm train --sides both",
    );
  }
  const training = await trainTransformer(
    [...read.values()].flatMap(({ pairs }) => pairs),
    {
      seed: options.seed,
      trunk: await loadModel(options.trunk),
      tokenizer: await loadTokenizer(options.trunk),
      ...(seen && { trunkPrompts: seen }),
      ...(options.half !== undefined && { half: options.half }),
      ngram: options.ngram,
      ...(options.context !== undefined && { length: options.context }),
      ...(options.tune && {
        tuning: { epochs: options.epochs, batch: options.batch, learningRate: options.lr },
      }),
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

/** Whether `lm train` read the rejected responses too, so that having been read tells nothing. */
async function readBothSides(trunk: string): Promise<boolean> {
  const record = (await readJson(join(trunk, "run.json")).catch(() => null)) as {
    settings?: { sides?: unknown };
  } | null;
  return record?.settings?.sides === "both";
}

export function describeTransformer(result: TransformerResult): string {
  const { parts, training } = result;
  if (parts === null) return describeTraining(result);
  const { ngram = 0, transformer = 0 } = training.blend ?? {};
  const { overNgram, likelihoodGain } = parts;
  const gain = ({ value, ci95 }: typeof overNgram) => withInterval({ accuracy: value, ci95 });
  return describeTraining(result, [
    `n-grams alone     ${withInterval(parts.ngram)}`,
    `transformer alone ${withInterval(parts.transformer)}`,
    `over n-grams      ${gain(overNgram)}; ${gain(likelihoodGain)} nats a pair`,
    `blend             ${decimals(ngram)} n-grams, ${decimals(transformer)} transformer`,
  ]);
}
