import { type Graph, gather, type Tensor } from "../engine/index.ts";
import type { TransformerConfig } from "./config.ts";

/** Cosines and sines, [..positions, 1, headDim/2]: one axis is left open for the heads. */
export type Angles = { readonly cosine: Tensor; readonly sine: Tensor };

/**
 * The rotations of positions (Su et al. 2021): dimension i of a head turns by position·θ^(−2i/headDim). Undefined where
 * the config has learned positions.
 * @param positions int64 [..], each below `count`
 */
export function rotaryAngles(
  g: Graph,
  { positions: kind, headDim }: TransformerConfig,
  positions: Tensor,
  count: number,
): Angles | undefined {
  if (kind.kind !== "rotary") return undefined;
  const half = headDim / 2;
  const table = (f: (angle: number) => number) => {
    // in float64, rounded once: far positions keep their exact angle
    const data = Float32Array.from({ length: count * half }, (_, at) =>
      f(Math.floor(at / half) * kind.theta ** (-(at % half) / half)),
    );
    return gather(g.constant({ dtype: "float32", shape: [count, 1, half], data }), positions);
  };
  return { cosine: table(Math.cos), sine: table(Math.sin) };
}
