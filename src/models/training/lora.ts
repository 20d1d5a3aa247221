/**
 * Low-rank adapters (Hu et al. 2022): x·W becomes x·W + (α/rank)·x·A·B, W stays as it is and A, B learn. B starts at zero, so
 * that an untrained adapter changes nothing.
 * @module
 */
import { add, type Graph, linear, matmul, mul, type Tensor } from "../../engine/index.ts";
import { InputError } from "../../io/errors.ts";
import type { Random } from "../../stats/random.ts";
import type { TransformerConfig } from "../config.ts";
import { parseWith } from "../json-file.ts";
import type { NetworkOptions } from "../network.ts";
import { openSafetensors } from "../safetensors.ts";
import { writeSafetensors } from "../safetensors-writer.ts";
import { checkFinite, elements, type Weights, weightShapes } from "../weights.ts";
import { type AdapterShape, adapterSchema, LORA_FORMAT } from "./lora-shape.ts";

export type Adapter = AdapterShape & {
  /** `layers.0.query.loraA` [in, rank] and `layers.0.query.loraB` [rank, out], by name. */
  readonly weights: Weights;
};

/** The names and shapes of an adapter's matrices. @throws InputError where the model has no such matrix */
export function adapterShapes(
  config: TransformerConfig,
  { rank, targets }: Pick<AdapterShape, "rank" | "targets">,
): ReadonlyMap<string, readonly [number, number]> {
  const shapes = new Map<string, readonly [number, number]>();
  const all = weightShapes(config);
  for (const target of targets) {
    const names = [...all.keys()].filter(
      (name) => name.startsWith("layers.") && name.endsWith(`.${target}.weight`),
    );
    if (names.length === 0) {
      throw new InputError({
        problem: "this model has no such matrix to adapt",
        field: "targets",
        found: target,
      });
    }
    for (const name of names) {
      const [inputs, outputs] = all.get(name) as [number, number];
      const base = name.slice(0, -".weight".length);
      shapes.set(`${base}.loraA`, [inputs, rank]);
      shapes.set(`${base}.loraB`, [rank, outputs]);
    }
  }
  return shapes;
}

/** A uniform in ±1/√in, B zero. */
export function initialAdapter(config: TransformerConfig, shape: AdapterShape, random: Random): Adapter {
  const weights = new Map<string, Float32Array>();
  for (const [name, [rows, columns]] of adapterShapes(config, shape)) {
    const values = new Float32Array(rows * columns);
    const bound = 1 / Math.sqrt(rows);
    if (name.endsWith("A"))
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.uniform() - 1);
    weights.set(name, values);
  }
  return { ...shape, weights };
}

/** The adapter's matrices as inputs of a graph, and the projection that uses them. */
export function adapting(
  g: Graph,
  config: TransformerConfig,
  { rank, alpha, targets }: AdapterShape,
): { parameters: Tensor[]; project: NonNullable<NetworkOptions["project"]> } {
  const shapes = adapterShapes(config, { rank, targets });
  const inputs = new Map([...shapes].map(([name, shape]) => [name, g.input(name, "float32", shape)]));
  return {
    parameters: [...inputs.values()],
    project({ name, x, weight, bias }) {
      const plain = linear(x, weight, bias);
      const a = inputs.get(`${name}.loraA`);
      if (a === undefined) return plain;
      return add(plain, mul(matmul(matmul(x, a), inputs.get(`${name}.loraB`)!), alpha / rank));
    },
  };
}

/** The weights with the adapter folded in: W + (α/rank)·A·B. Matrices without an adapter are shared, not copied. */
export function mergeAdapter(
  config: TransformerConfig,
  weights: Weights,
  adapter: Adapter,
): Map<string, Float32Array> {
  const { rank, alpha } = adapter;
  const merged = new Map(weights);
  for (const [name, [inputs]] of adapterShapes(config, adapter)) {
    if (!name.endsWith(".loraA")) continue;
    const base = name.slice(0, -".loraA".length);
    const a = adapter.weights.get(name)!;
    const b = adapter.weights.get(`${base}.loraB`)!;
    const outputs = b.length / rank;
    const out = merged.get(`${base}.weight`)!.slice();
    const row = new Float64Array(outputs);
    for (let i = 0; i < inputs; i++) {
      row.fill(0);
      for (let k = 0; k < rank; k++) {
        const factor = (alpha / rank) * a[i * rank + k]!;
        for (let j = 0; j < outputs; j++) row[j]! += factor * b[k * outputs + j]!;
      }
      for (let j = 0; j < outputs; j++) out[i * outputs + j]! += row[j]!;
    }
    merged.set(`${base}.weight`, out);
  }
  return merged;
}

/** Writes `adapter.safetensors`; what is not a number stands in its metadata. */
export function saveAdapter(file: string, config: TransformerConfig, adapter: Adapter): Promise<void> {
  const { rank, alpha, targets, weights } = adapter;
  const tensors = [...adapterShapes(config, adapter)].map(([name, shape]) => ({
    name,
    shape,
    values: () => weights.get(name)!,
  }));
  const metadata = {
    format: LORA_FORMAT,
    rank: String(rank),
    alpha: String(alpha),
    targets: targets.join(","),
  };
  return writeSafetensors(file, tensors, { metadata });
}

/** @throws InputError: damaged, not an adapter, or one of a model of another shape */
export async function loadAdapter(file: string, config: TransformerConfig): Promise<Adapter> {
  const tensors = await openSafetensors(file);
  try {
    const shape = parseWith(adapterSchema, tensors.metadata, file, "__metadata__");
    const weights = new Map<string, Float32Array>();
    for (const [name, expected] of adapterShapes(config, shape)) {
      const values = await tensors.read(name);
      if (values.length !== elements(expected)) {
        throw new InputError({
          problem: "the adapter belongs to a model of another shape",
          file,
          field: name,
          found: `${values.length} numbers`,
          expected: `[${expected.join(", ")}]`,
        });
      }
      checkFinite(file, name, values);
      weights.set(name, values);
    }
    return { ...shape, weights };
  } finally {
    await tensors.close();
  }
}
