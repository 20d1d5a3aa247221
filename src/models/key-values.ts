import { float32, type Value } from "../engine/index.ts";
import type { TransformerConfig } from "./config.ts";

/**
 * Keys and values of every layer, each [batch, kvHeads, slots, headDim]: a cache, a pass over prompts, or one new token
 * a row (one slot).
 */
export type KeyValues = {
  readonly slots: number;
  readonly headDim: number;
  readonly kvHeads: number;
  readonly layers: readonly { readonly key: Value<"float32">; readonly value: Value<"float32"> }[];
};

/** The name of a layer's tensor in a graph, as input and as output. */
export const keyName = (layer: number): string => `key.${layer}`;
export const valueName = (layer: number): string => `value.${layer}`;

/** Room for keys and values. */
export function emptyKeyValues(config: TransformerConfig, batch: number, slots: number): KeyValues {
  const { kvHeads, headDim } = config;
  const block = () =>
    float32(new Float32Array(batch * kvHeads * slots * headDim), [batch, kvHeads, slots, headDim]);
  const layers = Array.from({ length: config.layers }, () => ({ key: block(), value: block() }));
  return { slots, headDim, kvHeads, layers };
}

/** From the outputs of a run, without a copy. */
export function keyValuesOf(
  config: TransformerConfig,
  outputs: Readonly<Record<string, Value>>,
  slots: number,
): KeyValues {
  const { kvHeads, headDim } = config;
  const layers = Array.from({ length: config.layers }, (_, layer) => ({
    key: outputs[keyName(layer)] as Value<"float32">,
    value: outputs[valueName(layer)] as Value<"float32">,
  }));
  return { slots, headDim, kvHeads, layers };
}

/** As feeds or as outputs to fill. */
export function namedKeyValues({ layers }: KeyValues, prefix = ""): Record<string, Value> {
  return Object.fromEntries(
    layers.flatMap(({ key, value }, layer) => [
      [`${prefix}${keyName(layer)}`, key],
      [`${prefix}${valueName(layer)}`, value],
    ]),
  );
}

/** Copies the first `count` slots of a row to the slots from `slot` on of another. */
export function copySlots(
  from: KeyValues,
  fromRow: number,
  to: KeyValues,
  toRow: number,
  { count, slot = 0 }: { count: number; slot?: number },
): void {
  const { headDim, kvHeads } = to;
  const length = count * headDim;
  for (const [layer, target] of to.layers.entries()) {
    const source = from.layers[layer]!;
    for (let head = 0; head < kvHeads; head++) {
      const start = (fromRow * kvHeads + head) * from.slots * headDim;
      const place = ((toRow * kvHeads + head) * to.slots + slot) * headDim;
      copy(source.key.data, start, target.key.data, place, length);
      copy(source.value.data, start, target.value.data, place, length);
    }
  }
}

function copy(from: Float32Array, start: number, to: Float32Array, place: number, length: number): void {
  // a view costs more than a few numbers
  if (length > 256) to.set(from.subarray(start, start + length), place);
  else for (let i = 0; i < length; i++) to[place + i] = from[start + i]!;
}
