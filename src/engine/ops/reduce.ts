import type { Tensor } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import {
  type Axes,
  broadcastTo,
  type ReduceOptions,
  reduce,
  reshape,
  resolveAxes,
  sum,
} from "./broadcast.ts";
import { add, cast, div, equal, exp, log, mul, stopGradient, sub } from "./elementwise.ts";

/** Mean over axes. */
export const mean = reduce("ReduceMean", (dy, x) =>
  broadcastTo(mul(dy, sizeOf(dy.shape) / sizeOf(x.shape)), x.shape),
);
/** Largest element over axes; elements that tie share the gradient evenly. */
export const max = reduce("ReduceMax", shareTies);
/** Smallest element over axes; elements that tie share the gradient evenly. */
export const min = reduce("ReduceMin", shareTies);

function shareTies(dy: Tensor, x: Tensor, y: Tensor): Tensor {
  const ties = cast(equal(x, y), x.dtype);
  const axes = x.shape.map((_, axis) => axis).filter((axis) => dy.shape[axis] !== x.shape[axis]);
  return mul(ties, div(dy, sum(ties, axes, { keepDims: true })));
}

/** log Σ exp(x) over axes; the largest element is taken out first, so that nothing overflows. */
export function logSumExp(x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
  const top = stopGradient(max(x, axes, { keepDims: true }));
  const shifted = add(log(sum(exp(sub(x, top)), axes, { keepDims: true })), top);
  if (keepDims) return shifted;
  const reduced = resolveAxes("logSumExp", x, axes);
  return reshape(
    shifted,
    x.shape.filter((_, axis) => !reduced.includes(axis)),
  );
}
