import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";
import { writeJsonAtomic } from "../io/write.ts";
import { checkConfig, type SpecialTokenIds, type TransformerConfig } from "./config.ts";
import { modelTypeOf, parseHfConfig, toHfConfig } from "./hf-config.ts";
import { readHfWeights, toHfTensors } from "./hf-weights.ts";
import { readJsonFile } from "./json-file.ts";
import { readLlama2cFile } from "./llama2c.ts";
import type { WriteDtype } from "./safetensors-writer.ts";
import { openWeights, writeWeights } from "./sharded.ts";
import { checkWeights, type Weights } from "./weights.ts";

/** A language model as its files hold it. */
export type ModelFiles = {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly tokens: SpecialTokenIds;
};

/**
 * Loads a model's config and weights.
 * @param path a folder in Hugging Face layout (`config.json`, `model.safetensors` or its sharded index), or a llama2.c
 *   checkpoint
 * @throws InputError: a file is missing, damaged, contradicts another, or is of a kind that we do not read
 */
export async function loadModel(path: string): Promise<ModelFiles> {
  if (!(await isFolder(path))) {
    const { config, weights } = await readLlama2cFile(path);
    return { config, weights, tokens: { bos: 1, eos: [1, 2], pad: null } };
  }
  const file = join(path, "config.json");
  const { config, modelType, tokens } = parseHfConfig(await readJsonFile(file), file);
  const tensors = await openWeights(path);
  try {
    return { config, tokens, weights: await readHfWeights(tensors, config, modelType) };
  } finally {
    await tensors.close();
  }
}

/**
 * Writes `config.json` and the weights in Hugging Face layout: model type gpt2, llama or qwen2 by the config's shape.
 * Each file is atomic; for a checkpoint, write a new folder and rename it.
 * @throws InputError where no model type has this shape, or the disk refuses; RangeError where weights are missing
 */
export async function saveModel(
  folder: string,
  { config, weights, tokens }: ModelFiles,
  { dtype = "F32", maxShardBytes }: { dtype?: WriteDtype; maxShardBytes?: number } = {},
): Promise<void> {
  checkConfig(config);
  checkWeights(config, weights);
  const torchNames = { F32: "float32", F16: "float16", BF16: "bfloat16" };
  const json = toHfConfig(config, tokens, torchNames[dtype]);
  const tensors = toHfTensors(weights, config, modelTypeOf(config));
  await writeWeights(folder, tensors, { dtype, ...(maxShardBytes !== undefined && { maxShardBytes }) });
  await writeJsonAtomic(join(folder, "config.json"), json);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (!found.isFile() && !found.isDirectory()) {
      throw new InputError({ problem: "neither a file nor a folder", file: path });
    }
    return found.isDirectory();
  } catch (error) {
    throw systemFault(error, path, "read");
  }
}
