/**
 * A trained model on disk: `model.json` (what is known about it), `weights.safetensors` (indices and values of the
 * weights that are not 0) and `prompts.txt` (the prompts that it was fitted on). The other two are named with their
 * SHA-256 in `model.json`, so the SHA-256 of `model.json` names the whole model.
 * @module
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, show } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";
import { writeFileAtomic } from "../io/write.ts";
import { DIMENSION, FEATURE_MAP } from "./features.ts";
import { type ModelInfo, modelInfoSchema, REWARD_FORMAT } from "./model-info.ts";
import { type NgramModel, ngramModel } from "./ngram-model.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import type { TrainedModel } from "./train.ts";

const MODEL = "model.json";
const WEIGHTS = "weights.safetensors";
const PROMPTS = "prompts.txt";

export type LoadedModel = NgramModel & {
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
): Promise<ModelInfo> {
  const weights = encodeWeights(trained.model.weights);
  const prompts = new TextEncoder().encode(trained.trainingPrompts.map((hash) => `${hash}\n`).join(""));
  const info: ModelInfo = {
    format: REWARD_FORMAT,
    ...trained.info,
    data,
    weights: { file: WEIGHTS, sha256: sha256(weights.bytes), nonZero: weights.nonZero },
    prompts: { file: PROMPTS, sha256: sha256(prompts), count: trained.trainingPrompts.length },
  };
  await writeFileAtomic(join(folder, PROMPTS), prompts);
  await writeFileAtomic(join(folder, WEIGHTS), weights.bytes);
  await writeFileAtomic(join(folder, MODEL), `${JSON.stringify(info, null, 2)}\n`);
  return info;
}

/**
 * @throws InputError where a file is missing, was changed after it was written, does not fit the format, or holds a
 * weight that is not finite
 */
export async function loadRewardModel(folder: string): Promise<LoadedModel> {
  const json = await read(folder, MODEL);
  const info = parseInfo(json, join(folder, MODEL));
  const [weights, prompts] = await Promise.all([
    readChecked(folder, info.weights),
    readChecked(folder, info.prompts),
  ]);
  return {
    ...ngramModel(folder, info.value, decodeWeights(weights, join(folder, info.weights.file))),
    info,
    sha256: sha256(json),
    trainingPrompts: new Set(new TextDecoder().decode(prompts).split("\n").slice(0, -1)),
  };
}

function encodeWeights(weights: Float32Array): { bytes: Uint8Array; nonZero: number } {
  const indices = Int32Array.from([...weights.keys()].filter((i) => weights[i] !== 0));
  const values = Float32Array.from(indices, (i) => weights[i]!);
  return {
    bytes: encodeSafetensors({
      indices: { dtype: "I32", data: indices },
      values: { dtype: "F32", data: values },
    }),
    nonZero: indices.length,
  };
}

function decodeWeights(bytes: Uint8Array, file: string): Float32Array {
  const { indices, values } = decodeSafetensors(bytes, file);
  if (indices?.dtype !== "I32" || values?.dtype !== "F32" || indices.data.length !== values.data.length) {
    throw new InputError({
      problem: "these are not the weights of an n-gram model",
      file,
      expected: "I32 indices and F32 values, as many of each",
    });
  }
  const weights = new Float32Array(DIMENSION);
  indices.data.forEach((index, k) => {
    const value = values.data[k]!;
    if (index < 0 || index >= DIMENSION || !Number.isFinite(value)) {
      throw new InputError({
        problem: "a weight is not finite or out of range",
        file,
        found: `weight ${index} = ${value}`,
        fix: "Train the model again",
      });
    }
    weights[index] = value;
  });
  return weights;
}

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

function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InputError(
      { problem: "this is not JSON", file, found: (error as Error).message },
      { cause: error },
    );
  }
}

async function read(folder: string, name: string): Promise<Uint8Array> {
  const file = join(folder, name);
  try {
    return await readFile(file);
  } catch (error) {
    const fault = systemFault(error, file, "read");
    if (!(fault instanceof InputError)) throw fault;
    const fix = 'Give the folder that "allgood reward train --out" wrote';
    throw new InputError({ ...fault.fault, fix }, { cause: error });
  }
}

async function readChecked(folder: string, named: { file: string; sha256: string }): Promise<Uint8Array> {
  const bytes = await read(folder, named.file);
  const found = sha256(bytes);
  if (found === named.sha256) return bytes;
  throw new InputError({
    problem: "this file is not the one that its model.json names",
    file: join(folder, named.file),
    found: `SHA-256 ${found.slice(0, 12)}…`,
    expected: `${named.sha256.slice(0, 12)}…`,
    fix: "Copy the whole folder again, or train the model again",
  });
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
