import { differentiable, type Tensor } from "../graph.ts";
import { GraphError, isFloat, showType } from "../tensor.ts";
import { reshape, unbroadcast } from "./broadcast.ts";
import { add } from "./elementwise.ts";
import { broadcastShape } from "./operands.ts";
import { transpose } from "./shape.ts";

/**
 * Matrix product of the last two axes, [.., m, k] · [.., k, n] → [.., m, n]; the axes before them broadcast. With a
 * plain matrix at the right, all rows of the left operand are multiplied in one product, in the gradient too.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [m, k] = a.shape.slice(-2);
  const [rows, n] = b.shape.slice(-2);
  if (a.shape.length < 2 || b.shape.length < 2 || k !== rows || a.dtype !== b.dtype || !isFloat(a.dtype)) {
    throw new GraphError(`matmul: ${showType(a)} · ${showType(b)} do not fit`);
  }
  if (b.shape.length === 2 && a.shape.length > 2) {
    return reshape(matmul(reshape(a, [-1, k!]), b), [...a.shape.slice(0, -1), n!]);
  }
  const batch = broadcastShape("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [y] = a.graph.node("MatMul", [a, b], [{ dtype: a.dtype, shape: [...batch, m!, n!] }]);
  return differentiable(y!, [a, b], (dy) => [
    unbroadcast(matmul(dy, transpose(b)), a.shape),
    unbroadcast(matmul(transpose(a), dy), b.shape),
  ]);
}

/**
 * x·w + bias: x [.., in], w [in, out], bias [out]. The sum stands beside the plain product, where the runtime fuses
 * both into one kernel.
 */
export function linear(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  if (x.shape.length < 1 || w.shape.length !== 2 || x.shape.at(-1) !== w.shape[0]) {
    throw new GraphError(`linear: ${showType(x)} · ${showType(w)} do not fit`);
  }
  const product = matmul(reshape(x, [-1, w.shape[0]!]), w);
  return reshape(bias === undefined ? product : add(product, bias), [...x.shape.slice(0, -1), w.shape[1]!]);
}
