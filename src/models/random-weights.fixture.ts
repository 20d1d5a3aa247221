import { createRandom } from "../stats/random.ts";
import type { TransformerConfig } from "./config.ts";
import { elements, weightShapes } from "./weights.ts";

/** Weights large enough for every part to matter: normal with deviation 0.5, norms around 1. */
export function randomWeights(config: TransformerConfig, seed: number): Map<string, Float32Array> {
  const random = createRandom(seed);
  return new Map(
    [...weightShapes(config)].map(([name, shape]) => {
      const centre = name.endsWith("orm.weight") ? 1 : 0;
      return [name, Float32Array.from({ length: elements(shape) }, () => centre + 0.5 * random.normal())];
    }),
  );
}
