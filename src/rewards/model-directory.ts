/**
 * A trained n-gram model on disk: `model.json` (what is known about it), `weights.safetensors` (indices and values of the
 * weights that are not 0) and `prompts.txt` (the prompts that it was fitted on). The other two are named with their
 * SHA-256 in `model.json`, so the SHA-256 of `model.json` names the whole model.
 * @module
 */
import { join } from "node:path";
import { InputError, show } from "../io/errors.ts";
import { writeFileAtomic } from "../io/write.ts";
import { DIMENSION, FEATURE_MAP } from "./features.ts";
import { type ModelInfo, modelInfoSchema, type NgramInfo, REWARD_FORMAT } from "./model-info.ts";
import { type NgramModel, ngramModel } from "./ngram-model.ts";
import { loadWeights, saveWeights } from "./ngram-weights.ts";
import { parseJson, readChecked, readStored, sha256 } from "./stored-files.ts";
import type { TrainedModel } from "./train.ts";
import { loadTransformer } from "./transformer/directory.ts";
import type { TransformerModel } from "./transformer/transformer-model.ts";

const MODEL = "model.json";
const WEIGHTS = "weights.safetensors";
const PROMPTS = "prompts.txt";

export type LoadedModel = (NgramModel | TransformerModel) & {
  info: ModelInfo;
  /** SHA-256 (hex) of `model.json`, which names the other files by theirs. */
  sha256: string;
  /** Hashes of the prompts that it was fitted on: what it says about them is no evidence. */
  trainingPrompts: ReadonlySet<string>;
};

/**
 * Writes a model; each file appears whole, `model.json` last. The same model gives the same bytes.
 *
 * @param data the files it was trained on
 * @throws InputError where the folder can't be written
 */
export async function saveRewardModel(
  folder: string,
  trained: TrainedModel,
  data: ModelInfo["data"],
): Promise<NgramInfo> {
  const prompts = new TextEncoder().encode(trained.trainingPrompts.map((hash) => `${hash}\n`).join(""));
  await writeFileAtomic(join(folder, PROMPTS), prompts);
  const weights = await saveWeights(folder, WEIGHTS, trained.model.weights);
  const info: NgramInfo = {
    format: REWARD_FORMAT,
    ...trained.info,
    data,
    weights,
    prompts: { file: PROMPTS, sha256: sha256(prompts), count: trained.trainingPrompts.length },
  };
  await writeFileAtomic(join(folder, MODEL), `${JSON.stringify(info, null, 2)}\n`);
  return info;
}

/**
 * @throws InputError where a file is missing, was changed after it was written, does not fit the format, or holds a
 * weight that is not finite
 */
export async function loadRewardModel(folder: string): Promise<LoadedModel> {
  const json = await readStored(folder, MODEL);
  const info = parseInfo(json, join(folder, MODEL));
  const [model, prompts] = await Promise.all([
    info.kind === "ngram" ? loadNgram(folder, info) : loadTransformer(folder, info),
    readChecked(folder, info.prompts),
  ]);
  return {
    ...model,
    info,
    sha256: sha256(json),
    trainingPrompts: new Set(new TextDecoder().decode(prompts).split("\n").slice(0, -1)),
  };
}

const loadNgram = async (folder: string, { value, weights }: NgramInfo): Promise<NgramModel> =>
  ngramModel(folder, value, await loadWeights(folder, weights));

function parseInfo(json: Uint8Array, file: string): ModelInfo {
  const parsed = modelInfoSchema.safeParse(parseJson(json, file));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new InputError({
      problem: `this is not a reward model of format ${REWARD_FORMAT}`,
      file,
      ...(path.length > 0 && { field: path.join(".") }),
      found: message,
      fix: 'Train it again with "allgood reward train"',
    });
  }
  if (parsed.data.kind !== "ngram") return parsed.data;
  const { features, dimension } = parsed.data;
  if (features !== FEATURE_MAP || dimension !== DIMENSION) {
    throw new InputError({
      problem: "this model was trained with another feature map",
      file,
      found: `${show(features)} of length ${dimension}`,
      expected: `"${FEATURE_MAP}" of length ${DIMENSION}`,
      fix: 'Train it again with "allgood reward train"',
    });
  }
  return parsed.data;
}
