import { basename } from "node:path";
import { InputError } from "../../io/errors.ts";
import { sha256OfFile } from "../../io/file-hash.ts";
import { type PreferencePair, readPairs } from "../../preferences/index.ts";
import {
  type ModelInfo,
  type NgramInfo,
  saveRewardModel,
  type TransformerInfo,
  trainNgram,
} from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { table } from "../table.ts";
import { decimals, withInterval } from "./format.ts";

export type TrainCommandOptions = {
  value: string;
  data: string[];
  out: string;
  seed: number;
  half?: 1 | 2;
  lengthControl?: boolean;
  l2?: number;
  format?: string;
  skipBad?: boolean;
};

/** A model as it was written, with what is known about it. */
export type Trained<Info extends ModelInfo> = {
  /** Where the model was written. */
  model: string;
  /** Bad rows skipped. */
  bad: number;
  /** Comparisons that say nothing usable, counted by reason. */
  leftOut: Record<string, number>;
} & Info;

export type TrainResult = Trained<NgramInfo>;

/** Reads preferences, trains an n-gram model of one value and writes it. */
export async function trainReward(options: TrainCommandOptions, context: Context): Promise<TrainResult> {
  const { signal, progress } = context;
  const read = await readTrainingPairs(options, context);
  refuseNoPair(options, read);
  const { pairs, data, bad, leftOut } = read;
  const trained = await trainNgram(pairs, {
    seed: options.seed,
    ...(options.half !== undefined && { half: options.half }),
    ...(options.lengthControl && { lengthControl: true }),
    ...(options.l2 !== undefined && { l2: options.l2 }),
    signal,
    onProgress: (text) => progress.show(text),
  });
  signal.throwIfAborted();
  const info = await saveRewardModel(options.out, trained, data);
  return { model: options.out, bad, leftOut, ...info };
}

export type TrainingPairs = Pick<TrainResult, "bad" | "leftOut" | "data"> & { pairs: PreferencePair[] };

/** The pairs of one value in some files. */
export async function readTrainingPairs(
  options: Pick<TrainCommandOptions, "value" | "data" | "format" | "skipBad">,
  { signal, progress, note }: Context,
): Promise<TrainingPairs> {
  const found: TrainingPairs = { pairs: [], data: [], leftOut: {}, bad: 0 };
  for (const file of options.data) {
    progress.show(`reading ${file}`);
    const read = await readPairs([file], {
      value: options.value,
      ...(options.format !== undefined && { format: options.format }),
      ...(options.skipBad && { skipBad: true }),
      signal,
    });
    for (const pair of read.pairs) if (pair.value === options.value) found.pairs.push(pair);
    for (const [why, count] of Object.entries(read.leftOut)) {
      found.leftOut[why] = (found.leftOut[why] ?? 0) + count;
    }
    found.bad += read.badRows;
    found.data.push({
      // the name alone: the same data gives the same model wherever it lies
      file: basename(file),
      sha256: await sha256OfFile(file),
      format: read.formats[file]!,
      pairs: read.pairs.length,
    });
  }
  if (found.bad > 0) note(`${found.bad} bad rows skipped`);
  return found;
}

/** @throws InputError that says why nothing is left to train on */
export function refuseNoPair(
  { value, data }: Pick<TrainCommandOptions, "value" | "data">,
  { pairs, leftOut }: TrainingPairs,
): void {
  if (pairs.length > 0) return;
  const reasons = Object.entries(leftOut).map(([why, count]) => `${count} left out: ${why}`);
  throw new InputError({
    problem: `no pair of "${value}" to train on`,
    file: data.join(", "),
    ...(reasons.length > 0 && { found: reasons.join("; ") }),
    fix: "Give pairs whose chosen and rejected response differ",
  });
}

/** @param more lines about this kind of model */
export function describeTraining(result: Trained<ModelInfo>, more: readonly string[] = []): string {
  const { heldOut, lengthBaseline, overLength, calibration, training } = result;
  return [
    `${result.value}: trained on ${training.pairs} pairs at ${training.prompts} prompts, tested on ${heldOut.pairs} pairs at ${heldOut.prompts} other prompts`,
    "",
    `accuracy          ${withInterval(heldOut)}`,
    `length alone      ${withInterval(lengthBaseline)} (the ${lengthBaseline.direction} one)`,
    `over length       ${withInterval({ accuracy: overLength.value, ci95: overLength.ci95 })}`,
    `temperature       ${decimals(calibration.temperature)}${calibration.atBound ? " (at the end of its range)" : ""}`,
    `calibration error ${decimals(calibration.eceBefore)} before, ${decimals(calibration.eceAfter)} after (perfect probabilities would show about ${decimals(calibration.eceIfPerfect)})`,
    `L2                ${result.kind === "ngram" ? `${result.l2}${result.lengthControl ? ", length controlled" : ""}` : `${result.training.l2} on the head${tuned(result)}`}`,
    ...more,
    "",
    describeStrata(result.lengthStrata),
    "",
    `written: ${result.model}`,
  ].join("\n");
}

const tuned = ({ training: { tuning } }: TransformerInfo): string =>
  tuning === null ? "" : `; ${tuning.steps} updates of the trunk, those after ${tuning.step} undone`;

export function describeStrata(strata: ModelInfo["lengthStrata"]): string {
  return table(
    ["lengths", "pairs", "accuracy", "length alone"],
    strata.map(({ label, pairs, accuracy, lengthAccuracy }) => [
      label,
      String(pairs),
      decimals(accuracy),
      decimals(lengthAccuracy),
    ]),
  );
}
