/**
 * Automatic differentiation over ONNX graphs, run by ONNX Runtime: symbolic tensors with concrete shapes, one
 * vector–Jacobian rule for each operator, optimisers in the same graph. See docs/engine.md.
 *
 * @example
 * const g = graph();
 * const x = g.input("x", "float32", [8, 2]);
 * const w = g.input("w", "float32", [2, 1]);
 * const loss = mean(square(matmul(x, w)));
 * const optimiser = adamW({ weightDecay: 0.01 });
 * const session = await Session.open(trainStep(loss, [w], optimiser, { maxNorm: 1 }));
 * const state = new State({ w: float32([1, 2], [2, 1]) });
 * const feeds = { x: float32(numbers, [8, 2]), ...scheduleFeeds(optimiser, { step: 1, learningRate: 1e-3 }) };
 * const { loss: value } = await session.run(feeds, { state });
 * @module
 */
export { gradient } from "./gradient.ts";
export { type Attribute, Graph, type GraphNode, graph, type Rule, type Tensor } from "./graph.ts";
export { erf, gelu, geluExact, logSigmoid, relu, sigmoid, silu, softplus, tanh } from "./ops/activation.ts";
export { type Axes, broadcastTo, type ReduceOptions, reshape, sum, zerosLike } from "./ops/broadcast.ts";
export {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  sign,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
} from "./ops/elementwise.ts";
export { linear, matmul } from "./ops/matmul.ts";
export { layerNorm, rmsNorm } from "./ops/normalise.ts";
export type { Operand } from "./ops/operands.ts";
export { embedding, gather, logProb, scatterAddRows, takeAlong } from "./ops/pick.ts";
export { logSumExp, max, mean, min } from "./ops/reduce.ts";
export { rotary } from "./ops/rotary.ts";
export { and, clip, not, or, where } from "./ops/select.ts";
export { concat, pad, slice, split, transpose } from "./ops/shape.ts";
export { logSoftmax, softmax } from "./ops/softmax.ts";
export {
  type AdamWOptions,
  adamW,
  type Optimiser,
  type Schedule,
  type SgdOptions,
  scheduleFeeds,
  sgd,
} from "./optimiser.ts";
export { compile, type NextState, type Program, type StateLink } from "./program.ts";
export {
  NonFiniteError,
  PROVIDERS,
  type Provider,
  type RunOptions,
  Session,
  SessionError,
  type SessionOptions,
} from "./session.ts";
export { SessionCache } from "./session-cache.ts";
export { State } from "./state.ts";
export {
  bool,
  type Dtype,
  float32,
  float64,
  GraphError,
  int64,
  type NamedType,
  type Shape,
  type TensorData,
  type TensorType,
  type Value,
  zeros,
} from "./tensor.ts";
export { accumulateStep, applyStep, globalNorm, type TrainOptions, trainStep } from "./train.ts";
