import { differentiable, type Tensor } from "../graph.ts";
import { GraphError, type Shape, showType } from "../tensor.ts";
import { unbroadcast } from "./broadcast.ts";
import { add, cast, mul, pow, square, sub } from "./elementwise.ts";
import { requireFloat } from "./operands.ts";
import { mean } from "./reduce.ts";

/**
 * Layer normalisation over the last axis (Ba et al. 2016): (x − mean)/√(variance + ε)·gain + bias. It has no second
 * derivative: the runtime's statistics have no rule.
 * @param x [.., d]
 * @param gain [d]
 * @param bias [d]
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  requireWidth("layerNorm", x, gain, bias);
  const perRow: Shape = x.shape.with(-1, 1);
  // the runtime hands out the mean and the inverse deviation that it has computed, always in float32
  const statistics = { dtype: "float32", shape: perRow } as const;
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  const [y, centre, scale] = x.graph.node(
    "LayerNormalization",
    [x, gain, bias],
    [x, statistics, statistics],
    attributes,
  );
  return differentiable(y!, [x, gain, bias], (dy) => {
    const inverse = cast(scale!, x.dtype);
    const unit = mul(sub(x, cast(centre!, x.dtype)), inverse);
    const slope = mul(dy, gain);
    const centred = sub(slope, mean(slope, -1, { keepDims: true }));
    const along = mean(mul(slope, unit), -1, { keepDims: true });
    return [
      mul(sub(centred, mul(unit, along)), inverse),
      unbroadcast(mul(dy, unit), gain.shape),
      unbroadcast(dy, bias.shape),
    ];
  });
}

/**
 * Root-mean-square normalisation over the last axis (Zhang & Sennrich 2019): x/√(mean(x²) + ε)·gain.
 * @param x [.., d]
 * @param gain [d]
 */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon = 1e-5): Tensor {
  requireWidth("rmsNorm", x, gain);
  const inverse = pow(add(mean(square(x), -1, { keepDims: true }), epsilon), -0.5);
  const unit = mul(x, inverse);
  return differentiable(mul(unit, gain), [x, gain], (dy) => {
    const slope = mul(dy, gain);
    const along = mean(mul(slope, unit), -1, { keepDims: true });
    return [mul(sub(slope, mul(unit, along)), inverse), unbroadcast(mul(dy, unit), gain.shape)];
  });
}

function requireWidth(op: string, x: Tensor, ...weights: readonly Tensor[]): void {
  requireFloat(op, x, ...weights);
  const width = x.shape.at(-1);
  if (
    width === undefined ||
    weights.some(({ dtype, shape }) => dtype !== x.dtype || shape.length !== 1 || shape[0] !== width)
  ) {
    throw new GraphError(`${op}: ${[x, ...weights].map(showType).join(", ")} do not fit`);
  }
}
