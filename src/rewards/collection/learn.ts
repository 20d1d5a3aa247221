import { join } from "node:path";
import { InputError } from "../../io/errors.ts";
import { type PreferencePair, promptHash, split } from "../../preferences/index.ts";
import { fitCommittee } from "../disagreement.ts";
import type { Member } from "../ensemble.ts";
import { judgePairs } from "../judge-pairs.ts";
import { saveRewardModel } from "../model-directory.ts";
import type { ModelInfo } from "../model-info.ts";
import { rewardQuality } from "../quality.ts";
import { sha256 } from "../stored-files.ts";
import { type TrainedModel, trainNgram } from "../train.ts";
import type { RoundRecord } from "./round-record.ts";

/** Enough to rank pairs by; more change the order little and cost as much each. */
const MEMBERS = 8;

export type LearnOptions = {
  value: string;
  seed: number;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** What can be learned from the pairs so far: a model and a committee, or why there is none. */
export type Learned = { trained: TrainedModel; committee: Member[] } | { untrained: string };

/** The model of `reward train` on these pairs, and a committee on its training part. */
export async function learn(pairs: readonly PreferencePair[], options: LearnOptions): Promise<Learned> {
  const { seed, value } = options;
  let trained: TrainedModel;
  try {
    trained = await trainNgram(pairs, options);
  } catch (error) {
    if (error instanceof InputError) return { untrained: error.message };
    throw error;
  }
  const train = pairs
    .map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) }))
    .filter(({ promptHash }) => split(promptHash, seed) === "train");
  const { signal, onProgress } = options;
  const committee = await fitCommittee(train, {
    value,
    members: MEMBERS,
    l2: trained.info.l2,
    seed,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  return { trained, committee };
}

/** How good the model is on answers of the test part, beside length alone. */
export async function heldOutQuality(
  { model, info }: TrainedModel,
  pairs: readonly PreferencePair[],
  { seed, signal }: LearnOptions,
): Promise<Pick<RoundRecord, "heldOut" | "lengthBaseline">> {
  if (pairs.length === 0) return {};
  const hashed = pairs.map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) }));
  const judged = await judgePairs(model, hashed, { ...(signal && { signal }) });
  const { heldOut, lengthBaseline } = rewardQuality(judged, info.lengthBaseline.direction, { seed });
  return { heldOut, lengthBaseline };
}

/** Writes the model as `reward train` would on the same files, the collected pairs last. */
export async function saveModel(
  folder: string,
  trained: TrainedModel,
  earlier: ModelInfo["data"],
  collected: { file: string; bytes: Uint8Array; pairs: number },
): Promise<void> {
  const { file, bytes, pairs } = collected;
  const own = pairs === 0 ? [] : [{ file, sha256: sha256(bytes), format: "trl-explicit", pairs }];
  await saveRewardModel(join(folder, "model"), trained, [...earlier, ...own]);
}
