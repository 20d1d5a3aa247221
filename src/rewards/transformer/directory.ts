/**
 * A transformer model on disk, beside what every model has: `head.safetensors`, and `trunk/` in Hugging Face layout, within
 * the model's folder or beside it where several values share it. All files are named with their SHA-256 in `model.json`.
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError, show } from "../../io/errors.ts";
import { writeFileAtomic } from "../../io/write.ts";
import {
  checkVocabulary,
  loadModel,
  loadTokenizer,
  parameterCount,
  saveModel,
  writeSafetensors,
} from "../../models/index.ts";
import { DIMENSION, FEATURE_MAP } from "../features.ts";
import { type ModelInfo, REWARD_FORMAT, type TransformerInfo } from "../model-info.ts";
import { ngramModel } from "../ngram-model.ts";
import { loadWeights, saveWeights } from "../ngram-weights.ts";
import { readChecked, readTensors, sha256, storedFile } from "../stored-files.ts";
import { POOLED_FEATURES, pooledLength } from "./pooled-pass.ts";
import type { TrainedTransformer, TransformerTraining } from "./training.ts";
import { type TransformerModel, transformerModel } from "./transformer-model.ts";
import { createTrunk, type Trunk } from "./trunk.ts";

const HEAD = "head.safetensors";
const BASE = "ngram.safetensors";

/**
 * Writes the models of a training: one value into the folder itself, several into a folder each with the trunk beside them.
 * The same models give the same bytes.
 *
 * @param dataOf the files that the pairs of a value come from
 * @throws InputError where a folder can't be written
 */
export async function saveTransformers(
  folder: string,
  { trunk, models }: TransformerTraining,
  dataOf: (value: string) => ModelInfo["data"],
): Promise<{ folder: string; info: TransformerInfo }[]> {
  const place = join(folder, "trunk");
  await saveModel(place, trunk.model);
  await trunk.tokenizer.save(place);
  const described: TransformerInfo["trunk"] = {
    folder: models.length === 1 ? "trunk" : "../trunk",
    files: await hashesOf(place),
    parameters: parameterCount(trunk.model.config),
    features: POOLED_FEATURES,
    length: trunk.length,
  };
  const saved: { folder: string; info: TransformerInfo }[] = [];
  for (const trained of models) {
    const own = models.length === 1 ? folder : join(folder, trained.info.value);
    saved.push({ folder: own, info: await saveOne(own, trained, described, dataOf(trained.info.value)) });
  }
  return saved;
}

async function saveOne(
  folder: string,
  { model, trainingPrompts, info }: TrainedTransformer,
  trunk: TransformerInfo["trunk"],
  data: ModelInfo["data"],
): Promise<TransformerInfo> {
  const prompts = new TextEncoder().encode(trainingPrompts.map((hash) => `${hash}\n`).join(""));
  const { head } = model;
  await writeFileAtomic(join(folder, "prompts.txt"), prompts);
  await writeSafetensors(join(folder, HEAD), [{ name: "head", shape: [head.length], values: () => head }]);
  const base = model.base && {
    ...info.base!,
    weights: await saveWeights(folder, BASE, model.base.weights),
  };
  const whole: TransformerInfo = {
    format: REWARD_FORMAT,
    ...info,
    data,
    weights: await storedFile(folder, HEAD),
    prompts: { file: "prompts.txt", sha256: sha256(prompts), count: trainingPrompts.length },
    trunk,
    base: base ?? null,
  };
  await writeFileAtomic(join(folder, "model.json"), `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

async function hashesOf(folder: string): Promise<TransformerInfo["trunk"]["files"]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  return Promise.all(names.map((file) => storedFile(folder, file)));
}

/** @throws InputError where a file is missing, was changed, or does not fit the others */
export async function loadTransformer(folder: string, info: TransformerInfo): Promise<TransformerModel> {
  const [trunk, { head }] = await Promise.all([loadTrunk(folder, info), readTensors(folder, info.weights)]);
  const size = pooledLength(trunk.model.config);
  if (head?.length !== size || !head.every(Number.isFinite)) {
    throw new InputError({
      problem: "this head does not fit its trunk, or is not finite",
      file: join(folder, info.weights.file),
      expected: `${size} finite numbers`,
      fix: "Train the model again",
    });
  }
  const base = await loadBase(folder, info);
  return transformerModel(folder, info.value, { trunk, head, ...(base && { base }) });
}

async function loadBase(folder: string, { base, value }: TransformerInfo) {
  if (base === null) return undefined;
  if (base.features !== FEATURE_MAP || base.dimension !== DIMENSION) {
    throw new InputError({
      problem: "this model stands on one with another feature map",
      file: join(folder, "model.json"),
      found: `${show(base.features)} of length ${base.dimension}`,
      expected: `"${FEATURE_MAP}" of length ${DIMENSION}`,
      fix: 'Train it again with "allgood reward train"',
    });
  }
  return ngramModel(folder, value, await loadWeights(folder, base.weights));
}

/** Trunks by content, as long as a model uses them: models that share one run it once. */
const alive = new Map<string, WeakRef<Trunk>>();
/** Those that are being read, so that models loaded at once share one too. */
const loading = new Map<string, Promise<Trunk>>();

async function loadTrunk(folder: string, { trunk }: TransformerInfo): Promise<Trunk> {
  const place = join(folder, trunk.folder);
  // each file is checked, whether the trunk is alive or not; large ones are read twice the first time
  for (const file of trunk.files) await readChecked(place, file);
  const key = JSON.stringify([trunk.files, trunk.length]);
  const known = alive.get(key)?.deref() ?? loading.get(key);
  if (known !== undefined) return known;
  const reading = readTrunk(folder, trunk).finally(() => loading.delete(key));
  loading.set(key, reading);
  const read = await reading;
  alive.set(key, new WeakRef(read));
  return read;
}

async function readTrunk(folder: string, trunk: TransformerInfo["trunk"]): Promise<Trunk> {
  const place = join(folder, trunk.folder);
  const model = await loadModel(place);
  const tokenizer = await loadTokenizer(place);
  checkVocabulary(tokenizer, model.config, place);
  if (trunk.length > model.config.context) {
    throw new InputError({
      problem: "the model was trained on longer sequences than its trunk can read",
      file: join(folder, "model.json"),
      field: "trunk.length",
      found: String(trunk.length),
      expected: `at most ${model.config.context}`,
    });
  }
  return createTrunk(model, tokenizer, { length: trunk.length });
}
