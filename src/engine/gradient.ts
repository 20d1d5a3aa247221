import type { Rule, Tensor } from "./graph.ts";
import { broadcastTo, zerosLike } from "./ops/broadcast.ts";
import { add } from "./ops/elementwise.ts";
import { GraphError, isFloat, sameShape, showType, sizeOf } from "./tensor.ts";

/**
 * Reverse accumulation: the gradients of a scalar with regard to `wanted`, as tensors of the same graph. Only the
 * branches between `wanted` and `y` are walked. A wanted tensor that does not reach `y` has gradient zero.
 *
 * @param seed the cotangent of `y`, of y's shape; 1 if absent, and then `y` must be a scalar. With a seed the result is
 *   the vector–Jacobian product seedᵀ·∂y/∂wanted.
 * @throws GraphError where an operator on the way has no gradient rule
 */
export function gradient(y: Tensor, wanted: readonly Tensor[], seed?: Tensor): Tensor[] {
  const start = seed ?? one(y);
  if (start.dtype !== y.dtype || !sameShape(start.shape, y.shape)) {
    throw new GraphError(`gradient: the seed is ${showType(start)}, the result ${showType(y)}`);
  }
  const cotangents = new Map<Tensor, Tensor>([[y, start]]);
  const path = between(wanted, y);
  const done = new Set<Rule>();
  for (const tensor of [...path].reverse()) {
    if (!cotangents.has(tensor) || !operands(tensor).some((operand) => path.has(operand))) continue;
    const { rule } = tensor;
    if (rule === undefined) throw new GraphError(`gradient: ${tensor.node?.op} has no gradient rule`);
    // an operator with several results is met once for each, and passed once, when all their cotangents are complete
    if (done.has(rule)) continue;
    done.add(rule);
    const products = rule.pullBack(rule.outputs.map((output) => cotangents.get(output)));
    for (const [i, input] of rule.inputs.entries()) {
      const product = products[i];
      if (product === undefined || !path.has(input)) continue;
      const sum = cotangents.get(input);
      cotangents.set(input, sum === undefined ? product : add(sum, product));
    }
  }
  return wanted.map((tensor) => cotangents.get(tensor) ?? zerosLike(tensor));
}

function one(y: Tensor): Tensor {
  if (!isFloat(y.dtype) || sizeOf(y.shape) !== 1) {
    throw new GraphError(`gradient: needs a float scalar or a seed, got ${showType(y)}`);
  }
  return broadcastTo(y.graph.scalar(1, y.dtype), y.shape);
}

const operands = ({ rule, node }: Tensor): readonly Tensor[] => rule?.inputs ?? node?.inputs ?? [];

/** The tensors that depend on one of `sources` and that `y` depends on, in order of creation. */
export function between(sources: readonly Tensor[], y: Tensor): Set<Tensor> {
  const below = new Set<Tensor>([y]);
  for (const tensor of below) for (const operand of operands(tensor)) below.add(operand);
  const path = new Set<Tensor>();
  for (const tensor of [...below].sort((a, b) => a.id - b.id)) {
    if (sources.includes(tensor) || operands(tensor).some((operand) => path.has(operand))) path.add(tensor);
  }
  return path;
}
