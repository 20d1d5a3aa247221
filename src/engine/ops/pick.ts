import { differentiable, type Tensor } from "../graph.ts";
import { GraphError, showType } from "../tensor.ts";
import { reshape, zerosLike } from "./broadcast.ts";
import { exp, mul, neg } from "./elementwise.ts";
import { requireDtype, requireFloat, resolveAxis } from "./operands.ts";
import { transpose } from "./shape.ts";
import { logSoftmax } from "./softmax.ts";

/**
 * Slices by index: the result has the shape of x with `axis` replaced by the shape of `indices`. Indices may repeat;
 * their gradients add up. An index outside the axis makes the run fail.
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  requireDtype("gather", "int64", indices);
  const along = resolveAxis("gather", axis, x);
  const before = x.shape.slice(0, along);
  const shape = [...before, ...indices.shape, ...x.shape.slice(along + 1)];
  const [y] = x.graph.node("Gather", [x, indices], [{ dtype: x.dtype, shape }], { axis: along });
  return differentiable(y!, [x], (dy) => {
    // brought to the front, the axis is one of rows, and each slice is added to its row
    const axes = shape.map((_, i) => i);
    const picked = axes.slice(along, along + indices.shape.length);
    const rows = transpose(dy, [...picked, ...axes.filter((i) => !picked.includes(i))]);
    const order = [along, ...x.shape.map((_, i) => i).filter((i) => i !== along)];
    const sums = scatterAddRows(zerosLike(transpose(x, order)), indices, rows);
    return [
      transpose(
        sums,
        order.map((_, i) => order.indexOf(i)),
      ),
    ];
  });
}

/** Rows of a table [rows, width] by token id: ids [..] → [.., width]. */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  if (table.shape.length !== 2)
    throw new GraphError(`embedding: needs a table [rows, width], got ${showType(table)}`);
  return gather(table, ids, 0);
}

/**
 * Adds to each row of x [rows, ..] the updates at its index: updates [..indices, ..]. Indices may repeat.
 */
export function scatterAddRows(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  requireDtype("scatterAddRows", "int64", indices);
  requireFloat("scatterAddRows", x, updates);
  const expected = [...indices.shape, ...x.shape.slice(1)];
  if (updates.shape.join() !== expected.join()) {
    throw new GraphError(
      `scatterAddRows: updates are ${showType(updates)}, expected [${expected.join(",")}]`,
    );
  }
  const points = reshape(indices, [...indices.shape, 1]);
  const [y] = x.graph.node("ScatterND", [x, points, updates], [x], { reduction: "add" });
  return differentiable(y!, [x, updates], (dy) => [dy, gather(dy, indices, 0)]);
}

/**
 * One element for each index along an axis: `indices` has the rank of x, and its sizes but along `axis` too;
 * result[..i..] = x[..indices[..i..]..].
 */
export function takeAlong(x: Tensor, indices: Tensor, axis: number): Tensor {
  const along = resolveAxis("takeAlong", axis, x);
  requireAligned("takeAlong", x, indices, along);
  const [y] = x.graph.node("GatherElements", [x, indices], [{ dtype: x.dtype, shape: indices.shape }], {
    axis: along,
  });
  return differentiable(y!, [x], (dy) => [scatterAddAlong(zerosLike(x), indices, dy, along)]);
}

/** The transpose of `takeAlong`: x with each update added at its index along the axis. */
function scatterAddAlong(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  const [y] = x.graph.node("ScatterElements", [x, indices, updates], [x], { axis, reduction: "add" });
  return differentiable(y!, [x, updates], (dy) => [dy, takeAlong(dy, indices, axis)]);
}

/**
 * Log-probability of one class a row under softmax(logits): logits [.., classes], targets int64 [..] → [..]. Its
 * negative is the cross-entropy; the gradient with regard to the logits is onehot(target) − softmax(logits).
 */
export function logProb(logits: Tensor, targets: Tensor): Tensor {
  requireFloat("logProb", logits);
  const axis = logits.shape.length - 1;
  const indices = reshape(targets, [...targets.shape, 1]);
  if (axis < 0) throw new GraphError(`logProb: ${showType(logits)} has no axis of classes`);
  requireAligned("logProb", logits, indices, axis);
  const logs = logSoftmax(logits);
  return differentiable(reshape(takeAlong(logs, indices, axis), targets.shape), [logits], (dy) => {
    const column = reshape(dy, indices.shape);
    return [scatterAddAlong(mul(neg(column), exp(logs)), indices, column, axis)];
  });
}

function requireAligned(op: string, x: Tensor, indices: Tensor, axis: number): void {
  requireDtype(op, "int64", indices);
  const fits =
    indices.shape.length === x.shape.length &&
    x.shape.every((size, i) => i === axis || size === indices.shape[i]);
  if (!fits) throw new GraphError(`${op}: indices ${showType(indices)} do not fit ${showType(x)}`);
}
