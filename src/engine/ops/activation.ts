import { differentiable, type Tensor } from "../graph.ts";
import { abs, add, cast, div, exp, greater, log, maximum, mul, neg, square, sub } from "./elementwise.ts";
import { requireFloat } from "./operands.ts";

/** max(x, 0), with gradient 0 at 0 */
export function relu(x: Tensor): Tensor {
  requireFloat("relu", x);
  const [y] = x.graph.node("Relu", [x], [x]);
  return differentiable(y!, [x], (dy, y) => [mul(dy, cast(greater(y, 0), y.dtype))]);
}

export function tanh(x: Tensor): Tensor {
  requireFloat("tanh", x);
  const [y] = x.graph.node("Tanh", [x], [x]);
  return differentiable(y!, [x], (dy, y) => [mul(dy, sub(1, square(y)))]);
}

/** 1/(1 + e⁻ˣ) */
export function sigmoid(x: Tensor): Tensor {
  requireFloat("sigmoid", x);
  const [y] = x.graph.node("Sigmoid", [x], [x]);
  return differentiable(y!, [x], (dy, y) => [mul(dy, mul(y, sub(1, y)))]);
}

/** log(1 + eˣ), without overflow: max(x, 0) + log(1 + e^−|x|) */
export function softplus(x: Tensor): Tensor {
  const y = add(maximum(x, 0), log(add(exp(neg(abs(x))), 1)));
  return differentiable(y, [x], (dy) => [mul(dy, sigmoid(x))]);
}

/** log σ(x), finite for every finite x: −softplus(−x) */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));

/** x·σ(x), also called swish */
export function silu(x: Tensor): Tensor {
  const s = sigmoid(x);
  return differentiable(mul(x, s), [x], (dy, y) => [mul(dy, add(s, sub(y, mul(y, s))))]);
}

const TANH_SCALE = 2 * Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715 * TANH_SCALE;

/**
 * GELU in its tanh form (Hendrycks & Gimpel 2016, eq. 2), as GPT-2 uses it: x/2·(1 + tanh(√(2/π)·(x + 0.044715x³))).
 * It is computed as x·σ(z) with z = 2√(2/π)·(x + 0.044715x³), the same function in fewer passes over memory.
 */
export function gelu(x: Tensor): Tensor {
  const cubic = mul(square(x), TANH_CUBIC);
  const s = sigmoid(mul(x, add(cubic, TANH_SCALE)));
  return differentiable(mul(x, s), [x], (dy, y) => {
    const slope = add(mul(cubic, 3), TANH_SCALE);
    return [mul(dy, add(s, mul(sub(y, mul(y, s)), slope)))];
  });
}

/** GELU in its exact form: x·Φ(x) with the normal distribution function Φ. Float32 only. */
export function geluExact(x: Tensor): Tensor {
  return mul(x, mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5));
}

/** 2/√π ∫₀ˣ exp(−t²) dt. Float32 only. */
export function erf(x: Tensor): Tensor {
  requireFloat("erf", x);
  const [y] = x.graph.node("Erf", [x], [x]);
  return differentiable(y!, [x], (dy) => [mul(dy, div(exp(neg(square(x))), Math.sqrt(Math.PI) / 2))]);
}
