import { differentiable, type Tensor } from "../graph.ts";
import { isFloat } from "../tensor.ts";
import { unbroadcast, zerosLike } from "./broadcast.ts";
import { greaterOrEqual, lessOrEqual, stopGradient } from "./elementwise.ts";
import { broadcastShape, lift, type Operand, requireDtype, requireFloat } from "./operands.ts";

/** Elements of `yes` where `condition` is true, of `no` elsewhere; all three broadcast. */
export function where(condition: Tensor, yes: Operand, no: Operand): Tensor {
  requireDtype("where", "bool", condition);
  const [a, b] = liftBeside(condition, yes, no);
  const shape = broadcastShape("where", condition.shape, a.shape, b.shape);
  const [y] = condition.graph.node("Where", [condition, a, b], [{ dtype: a.dtype, shape }]);
  if (!isFloat(a.dtype)) return stopGradient(y!);
  return differentiable(y!, [a, b], (dy) => [
    unbroadcast(where(condition, dy, zerosLike(dy)), a.shape),
    unbroadcast(where(condition, zerosLike(dy), dy), b.shape),
  ]);
}

/** Two numbers become float32. */
function liftBeside(condition: Tensor, yes: Operand, no: Operand): [Tensor, Tensor] {
  const both = typeof yes === "number" && typeof no === "number";
  return lift("where", both ? [condition.graph.scalar(yes), no] : [yes, no]) as [Tensor, Tensor];
}

/** x held between two bounds; the gradient passes where x lies inside or on a bound. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  requireFloat("clip", x);
  const bounds = [x.graph.scalar(low, x.dtype), x.graph.scalar(high, x.dtype)];
  const [y] = x.graph.node("Clip", [x, ...bounds], [x]);
  return differentiable(y!, [x], (dy) => [where(and(greaterOrEqual(x, low), lessOrEqual(x, high)), dy, 0)]);
}

const logical =
  (op: "And" | "Or") =>
  (a: Tensor, b: Tensor): Tensor => {
    requireDtype(op, "bool", a);
    requireDtype(op, "bool", b);
    const [y] = a.graph.node(op, [a, b], [{ dtype: "bool", shape: broadcastShape(op, a.shape, b.shape) }]);
    return stopGradient(y!);
  };

export const and = logical("And");
export const or = logical("Or");

export function not(a: Tensor): Tensor {
  requireDtype("Not", "bool", a);
  const [y] = a.graph.node("Not", [a], [a]);
  return stopGradient(y!);
}
