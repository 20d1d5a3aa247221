/** The weights of an n-gram model as a safetensors file: places and values of those that are not 0. */
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { writeSafetensors } from "../models/index.ts";
import { DIMENSION } from "./features.ts";
import { readTensors, type StoredFile, storedFile } from "./stored-files.ts";

/** @throws InputError where it can't be written */
export async function saveWeights(
  folder: string,
  file: string,
  weights: Float32Array,
): Promise<StoredFile & { nonZero: number }> {
  // places are below 2²⁴, so float32 holds them exactly
  const indices = Float32Array.from([...weights.keys()].filter((i) => weights[i] !== 0));
  const shape = [indices.length];
  await writeSafetensors(join(folder, file), [
    { name: "indices", shape, values: () => indices },
    { name: "values", shape, values: () => Float32Array.from(indices, (i) => weights[i]!) },
  ]);
  return { ...(await storedFile(folder, file)), nonZero: indices.length };
}

/** @throws InputError where they are no such weights, or one is not finite or out of range */
export async function loadWeights(folder: string, stored: StoredFile): Promise<Float32Array> {
  const { indices, values } = await readTensors(folder, stored);
  const file = join(folder, stored.file);
  if (indices === undefined || values === undefined || indices.length !== values.length) {
    throw new InputError({
      problem: "these are not the weights of an n-gram model",
      file,
      expected: "indices and values, as many of each",
    });
  }
  const weights = new Float32Array(DIMENSION);
  indices.forEach((index, k) => {
    const value = values[k]!;
    if (!Number.isInteger(index) || index < 0 || index >= DIMENSION || !Number.isFinite(value)) {
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
