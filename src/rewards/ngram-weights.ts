/** The weights of an n-gram model as a safetensors file: indices and values of those that are not 0. */
import { InputError } from "../io/errors.ts";
import { DIMENSION } from "./features.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

export function encodeWeights(weights: Float32Array): { bytes: Uint8Array; nonZero: number } {
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

/** @throws InputError where they are no such weights, or one is not finite or out of range */
export function decodeWeights(bytes: Uint8Array, file: string): Float32Array {
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
