import { differentiable, type Tensor } from "../graph.ts";
import { DTYPES, type Dtype, GraphError, isFloat } from "../tensor.ts";
import { unbroadcast } from "./broadcast.ts";
import { broadcastShape, lift, type Operand, requireFloat } from "./operands.ts";

/** dy, x and y = f(x) → the cotangent of x */
type UnaryRule = (dy: Tensor, x: Tensor, y: Tensor) => Tensor;

function unary(op: string, rule: UnaryRule): (x: Tensor) => Tensor {
  return (x) => {
    requireFloat(op, x);
    const [y] = x.graph.node(op, [x], [x]);
    return differentiable(y!, [x], (dy, y) => [rule(dy, x, y)]);
  };
}

/** dy, a, b and y = f(a, b) → the cotangents of a and b before their broadcasting is undone */
type BinaryRule = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor];

function binary(op: string, rule: BinaryRule): (a: Operand, b: Operand) => Tensor {
  return (left, right) => {
    const [a, b] = lift(op, [left, right]) as [Tensor, Tensor];
    if (a.dtype === "bool") throw new GraphError(`${op}: needs numbers, got bool`);
    const shape = broadcastShape(op, a.shape, b.shape);
    const [y] = a.graph.node(op, [a, b], [{ dtype: a.dtype, shape }]);
    if (!isFloat(a.dtype)) return y!;
    return differentiable(y!, [a, b], (dy, y) => {
      const [da, db] = rule(dy, a, b, y);
      return [unbroadcast(da, a.shape), unbroadcast(db, b.shape)];
    });
  };
}

/** a + b */
export const add = binary("Add", (dy) => [dy, dy]);
/** a − b */
export const sub = binary("Sub", (dy) => [dy, neg(dy)]);
/** a · b, element by element */
export const mul = binary("Mul", (dy, a, b) => [mul(dy, b), mul(dy, a)]);
/** a / b */
export const div = binary("Div", (dy, _, b, y) => {
  const da = div(dy, b);
  return [da, neg(mul(da, y))];
});
/** The larger of two; at a tie each gets half of the gradient. */
export const maximum = binary("Max", (dy, a, b) => shareWinner(dy, a, b));
/** The smaller of two; at a tie each gets half of the gradient. */
export const minimum = binary("Min", (dy, a, b) => shareWinner(dy, neg(a), neg(b)));

export const neg = unary("Neg", (dy) => neg(dy));
export const exp = unary("Exp", (dy, _, y) => mul(dy, y));
export const log = unary("Log", (dy, x) => div(dy, x));
/** Its gradient at 0 is infinite: add an epsilon inside. */
export const sqrt = unary("Sqrt", (dy, _, y) => div(mul(dy, 0.5), y));
/** |x|, with gradient 0 at 0 */
export const abs = unary("Abs", (dy, x) => mul(dy, sign(x)));
/** −1, 0 or 1; its gradient is zero */
export const sign = unary("Sign", (dy) => mul(dy, 0));
export const sin = unary("Sin", (dy, x) => mul(dy, cos(x)));
export const cos = unary("Cos", (dy, x) => neg(mul(dy, sin(x))));

/** x² */
export const square = (x: Tensor): Tensor => mul(x, x);

/** xᵖ for a number p; x > 0 unless p is a whole number */
export function pow(x: Tensor, power: number): Tensor {
  requireFloat("Pow", x);
  const [y] = x.graph.node("Pow", [x, x.graph.scalar(power, x.dtype)], [x]);
  return differentiable(y!, [x], (dy) => [mul(dy, mul(pow(x, power - 1), power))]);
}

/** The same numbers in another type; a gradient passes only between float types. */
export function cast(x: Tensor, dtype: Dtype): Tensor {
  if (x.dtype === dtype) return x;
  const [y] = x.graph.node("Cast", [x], [{ dtype, shape: x.shape }], { to: DTYPES[dtype].code });
  if (!isFloat(x.dtype) || !isFloat(dtype)) return stopGradient(y!);
  return differentiable(y!, [x], (dy) => [cast(dy, x.dtype)]);
}

/** The same numbers, through which no gradient passes. */
export const stopGradient = (x: Tensor): Tensor => differentiable(x, [], () => []);

/** Truth values of a comparison, with broadcasting. */
function comparison(op: string): (a: Operand, b: Operand) => Tensor {
  return (left, right) => {
    const [a, b] = lift(op, [left, right]) as [Tensor, Tensor];
    const [y] = a.graph.node(op, [a, b], [{ dtype: "bool", shape: broadcastShape(op, a.shape, b.shape) }]);
    return stopGradient(y!);
  };
}

export const equal = comparison("Equal");
export const less = comparison("Less");
export const lessOrEqual = comparison("LessOrEqual");
export const greater = comparison("Greater");
export const greaterOrEqual = comparison("GreaterOrEqual");

/** dy to the larger operand: (1 + sign(a − b))/2 of it to a, the rest to b. */
function shareWinner(dy: Tensor, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const half = mul(dy, 0.5);
  const lead = mul(half, sign(sub(a, b)));
  return [add(half, lead), sub(half, lead)];
}
