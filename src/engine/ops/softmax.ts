import { differentiable, type Tensor } from "../graph.ts";
import { sum } from "./broadcast.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { requireFloat, resolveAxis } from "./operands.ts";

/** eˣ/Σeˣ along an axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  requireFloat("softmax", x);
  const along = resolveAxis("softmax", axis, x);
  const [y] = x.graph.node("Softmax", [x], [x], { axis: along });
  return differentiable(y!, [x], (dy, y) => {
    const weighted = mul(dy, y);
    return [sub(weighted, mul(y, sum(weighted, along, { keepDims: true })))];
  });
}

/** x − log Σeˣ along an axis. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  requireFloat("logSoftmax", x);
  const along = resolveAxis("logSoftmax", axis, x);
  const [y] = x.graph.node("LogSoftmax", [x], [x], { axis: along });
  return differentiable(y!, [x], (dy, y) => [sub(dy, mul(exp(y), sum(dy, along, { keepDims: true })))]);
}
