import type { Tensor } from "../graph.ts";
import { type Dtype, GraphError, isFloat, type Shape, showType } from "../tensor.ts";

/** A tensor, or a number that takes the type of the tensors beside it. */
export type Operand = Tensor | number;

/** The shape to which shapes are stretched together, as in NumPy: aligned at the right, a 1 fits any size. */
export function broadcastShape(op: string, ...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[shape.length - rank + i] ?? 1);
    const size = Math.max(...sizes);
    if (sizes.some((other) => other !== 1 && other !== size)) {
      throw new GraphError(
        `${op}: shapes ${shapes.map((shape) => `[${shape.join(",")}]`).join(" and ")} do not broadcast`,
      );
    }
    return size;
  });
}

/** Makes tensors of numbers and checks that all operands have one type. At least one operand is a tensor. */
export function lift(op: string, operands: readonly Operand[]): Tensor[] {
  const first = operands.find((operand): operand is Tensor => typeof operand !== "number");
  if (first === undefined) throw new GraphError(`${op}: at least one operand must be a tensor`);
  const tensors = operands.map((operand) =>
    typeof operand === "number" ? first.graph.scalar(operand, first.dtype) : operand,
  );
  if (tensors.some(({ dtype }) => dtype !== first.dtype)) {
    throw new GraphError(`${op}: operands differ in type: ${tensors.map(showType).join(" and ")}`);
  }
  return tensors;
}

export function requireFloat(op: string, ...tensors: readonly Tensor[]): void {
  const other = tensors.find(({ dtype }) => !isFloat(dtype));
  if (other !== undefined) throw new GraphError(`${op}: needs floats, got ${showType(other)}`);
}

export function requireDtype(op: string, dtype: Dtype, tensor: Tensor): void {
  if (tensor.dtype !== dtype) throw new GraphError(`${op}: needs ${dtype}, got ${showType(tensor)}`);
}

/** An axis counted from the front; negative ones count from the end. */
export function resolveAxis(
  op: string,
  axis: number,
  { dtype, shape }: { dtype: Dtype; shape: Shape },
): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= shape.length) {
    throw new GraphError(`${op}: axis ${axis} does not exist in ${showType({ dtype, shape })}`);
  }
  return resolved;
}
