import { differentiable, type Tensor } from "../graph.ts";
import { GraphError, sameShape, showType } from "../tensor.ts";
import { add, mul, neg, sub } from "./elementwise.ts";
import { broadcastShape } from "./operands.ts";
import { concat, split } from "./shape.ts";

/**
 * Rotary position embedding (Su et al. 2021) in the half-split layout of Llama: the pair (xᵢ, xᵢ₊d/2) turns by the
 * angle θᵢ. Its gradient is the rotation back. Cosines and sines carry no gradient.
 * @param x [.., d], d even
 * @param cosine cos θ, [.., d/2], broadcast against x; @param sine sin θ, of the same shape
 */
export function rotary(x: Tensor, cosine: Tensor, sine: Tensor): Tensor {
  const half = (x.shape.at(-1) ?? 1) / 2;
  const fits = Number.isInteger(half) && cosine.shape.at(-1) === half && sameShape(cosine.shape, sine.shape);
  if (
    !fits ||
    !sameShape(broadcastShape("rotary", x.shape.with(-1, half), cosine.shape), x.shape.with(-1, half))
  ) {
    throw new GraphError(
      `rotary: ${showType(x)} does not fit angles ${showType(cosine)} and ${showType(sine)}`,
    );
  }
  const [left, right] = split(x, [half, half], -1) as [Tensor, Tensor];
  const turned = [sub(mul(left, cosine), mul(right, sine)), add(mul(right, cosine), mul(left, sine))];
  return differentiable(concat(turned, -1), [x], (dy) => [rotary(dy, cosine, neg(sine))]);
}
