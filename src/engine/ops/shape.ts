import { differentiable, differentiableAll, type Tensor } from "../graph.ts";
import { GraphError, showType } from "../tensor.ts";
import { zerosLike } from "./broadcast.ts";
import { resolveAxis } from "./operands.ts";

/** Axes in another order: axis i of the result is axis `order[i]` of x. Without an order the last two are swapped. */
export function transpose(x: Tensor, order: readonly number[] = lastTwoSwapped(x)): Tensor {
  if (order.length !== x.shape.length || !x.shape.every((_, axis) => order.includes(axis))) {
    throw new GraphError(`transpose: [${order.join(",")}] is no order of the axes of ${showType(x)}`);
  }
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis]!);
  const [y] = x.graph.node("Transpose", [x], [{ dtype: x.dtype, shape }], { perm: order });
  return differentiable(y!, [x], (dy) => [
    transpose(
      dy,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ]);
}

function lastTwoSwapped(x: Tensor): number[] {
  const rank = x.shape.length;
  if (rank < 2) throw new GraphError(`transpose: needs two axes or more, got ${showType(x)}`);
  return x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}

/** Tensors side by side along an axis; all other sizes agree. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new GraphError("concat: needs at least one tensor");
  const along = resolveAxis("concat", axis, first);
  const rest = (x: Tensor) => [x.dtype, ...x.shape.with(along, 0)].join();
  if (tensors.some((x) => x.shape.length !== first.shape.length || rest(x) !== rest(first))) {
    throw new GraphError(`concat: ${tensors.map(showType).join(" and ")} do not fit along axis ${axis}`);
  }
  if (tensors.length === 1) return first;
  const sizes = tensors.map(({ shape }) => shape[along]!);
  const shape = first.shape.with(
    along,
    sizes.reduce((a, b) => a + b),
  );
  const [y] = first.graph.node("Concat", tensors, [{ dtype: first.dtype, shape }], { axis: along });
  return differentiable(y!, tensors, (dy) => split(dy, sizes, along));
}

/** Cuts a tensor into pieces of the given sizes along an axis. */
export function split(x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] {
  const along = resolveAxis("split", axis, x);
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[along] || !sizes.every((size) => size > 0)) {
    throw new GraphError(`split: sizes ${sizes.join("+")} do not fill axis ${axis} of ${showType(x)}`);
  }
  if (sizes.length === 1) return [x];
  const types = sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.with(along, size) }));
  const pieces = x.graph.node("Split", [x, x.graph.indices(sizes)], types, { axis: along });
  return differentiableAll(pieces, [x], (dys, ys) => [
    concat(
      dys.map((dy, i) => dy ?? zerosLike(ys[i]!)),
      along,
    ),
  ]);
}

/** The elements from `start` to before `end` along an axis; negative bounds count from the end. */
export function slice(
  x: Tensor,
  axis: number,
  start: number,
  end: number = Number.POSITIVE_INFINITY,
): Tensor {
  const along = resolveAxis("slice", axis, x);
  const size = x.shape[along]!;
  const from = start < 0 ? start + size : start;
  const to = Math.min(end < 0 ? end + size : end, size);
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to)) {
    throw new GraphError(`slice: ${start}…${end} is no range of axis ${axis} of ${showType(x)}`);
  }
  if (to - from === size) return x;
  const bounds = [from, to, along].map((bound) => x.graph.indices([bound]));
  const [y] = x.graph.node(
    "Slice",
    [x, ...bounds],
    [{ dtype: x.dtype, shape: x.shape.with(along, to - from) }],
  );
  return differentiable(y!, [x], (dy) => [pad(dy, along, from, size - to)]);
}

/** Zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const along = resolveAxis("pad", axis, x);
  if (![before, after].every((count) => Number.isInteger(count) && count >= 0)) {
    throw new GraphError(`pad: needs whole numbers ≥ 0, got ${before} and ${after}`);
  }
  if (before === 0 && after === 0) return x;
  const size = x.shape[along]!;
  const at = (count: number) => x.shape.map((_, i) => (i === along ? count : 0));
  const operands = [x, x.graph.indices([...at(before), ...at(after)]), x.graph.scalar(0, x.dtype)];
  const [y] = x.graph.node("Pad", operands, [
    { dtype: x.dtype, shape: x.shape.with(along, before + size + after) },
  ]);
  return differentiable(y!, [x], (dy) => [slice(dy, along, before, before + size)]);
}
