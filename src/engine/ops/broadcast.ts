import { differentiable, type Tensor } from "../graph.ts";
import { GraphError, type Shape, sameShape, showType, sizeOf } from "../tensor.ts";
import { broadcastShape, requireFloat, resolveAxis } from "./operands.ts";

/** The same numbers in another shape; one size may be −1, and is then computed. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = sizeOf(shape.filter((size) => size !== -1));
  const full = shape.map((size) => (size === -1 ? sizeOf(x.shape) / known : size));
  if (sizeOf(full) !== sizeOf(x.shape) || !full.every((size) => Number.isInteger(size) && size > 0)) {
    throw new GraphError(`reshape: ${showType(x)} does not fit [${shape.join(",")}]`);
  }
  if (sameShape(full, x.shape)) return x;
  const [y] = x.graph.node("Reshape", [x, x.graph.indices(full)], [{ dtype: x.dtype, shape: full }]);
  return differentiable(y!, [x], (dy) => [reshape(dy, x.shape)]);
}

/** Stretches axes of size 1, and adds axes at the front. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShape("broadcastTo", x.shape, shape), shape)) {
    throw new GraphError(`broadcastTo: ${showType(x)} does not stretch to [${shape.join(",")}]`);
  }
  const [y] = x.graph.node("Expand", [x, x.graph.indices(shape)], [{ dtype: x.dtype, shape }]);
  return differentiable(y!, [x], (dy) => [unbroadcast(dy, x.shape)]);
}

/** Zeros of a tensor's type and shape. */
export function zerosLike({ graph, dtype, shape }: Tensor): Tensor {
  return broadcastTo(graph.scalar(0, dtype), shape);
}

/** One axis, several, or all if absent. Negative axes count from the end. */
export type Axes = number | readonly number[];
export type ReduceOptions = {
  /** Keep each reduced axis with size 1, so that the result broadcasts against its operand. */
  keepDims?: boolean;
};

/** Sum over axes. */
export const sum = reduce("ReduceSum", (dy, x) => broadcastTo(dy, x.shape));
/** The transpose of broadcasting: sums over the axes along which a tensor of `shape` was stretched. */
export function unbroadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  if (sameShape(x.shape.slice(extra), shape)) return reshape(sumRows(reshape(x, [-1, sizeOf(shape)])), shape);
  const stretched = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || shape[axis - extra] !== x.shape[axis]);
  return reshape(sum(x, stretched), shape);
}

/**
 * Sums over the first axis, [rows, width] → [width], as the gradient of a bias does: a product with ones, which the
 * runtime computes faster than its own sum over the first axis, above all on several threads (docs/engine.md).
 */
function sumRows(x: Tensor): Tensor {
  const [rows, width] = x.shape as [number, number];
  const ones = broadcastTo(x.graph.scalar(1, x.dtype), [rows]);
  const [y] = x.graph.node("MatMul", [ones, x], [{ dtype: x.dtype, shape: [width] }]);
  return differentiable(y!, [x], (dy) => [broadcastTo(dy, x.shape)]);
}

/** An operator that reduces axes. */
export function reduce(
  op: string,
  /** The cotangent of x, from those of y and from y, both with the reduced axes kept at size 1. */
  rule: (dy: Tensor, x: Tensor, y: Tensor) => Tensor,
): (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor {
  return (x, axes, { keepDims = false } = {}) => {
    requireFloat(op, x);
    const reduced = resolveAxes(op, x, axes);
    if (reduced.length === 0) return x;
    const kept = x.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
    const shape = keepDims ? kept : x.shape.filter((_, axis) => !reduced.includes(axis));
    const operands = [x, x.graph.indices(reduced)];
    const [y] = x.graph.node(op, operands, [{ dtype: x.dtype, shape }], { keepdims: keepDims ? 1 : 0 });
    return differentiable(y!, [x], (dy, y) => [rule(reshape(dy, kept), x, reshape(y, kept))]);
  };
}

/** Axes counted from the front, in order, each once. */
export function resolveAxes(op: string, x: Tensor, axes: Axes | undefined): number[] {
  if (axes === undefined) return x.shape.map((_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  return [...new Set(list.map((axis) => resolveAxis(op, axis, x)))].sort((a, b) => a - b);
}
