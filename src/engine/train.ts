import { between, gradient } from "./gradient.ts";
import { type Graph, graph, type Tensor } from "./graph.ts";
import { sum, zerosLike } from "./ops/broadcast.ts";
import { add, div, maximum, mul, sqrt, square } from "./ops/elementwise.ts";
import { type Optimiser, scalarInput } from "./optimiser.ts";
import { compile, type NextState, type Program } from "./program.ts";
import { GraphError, type NamedType, showType } from "./tensor.ts";

export type TrainOptions = {
  /** Gradients whose global norm is larger are scaled down to it. */
  maxNorm?: number;
  /** More results of each run, beside `loss`. */
  outputs?: Readonly<Record<string, Tensor>>;
};

/**
 * One training step as one program: loss, gradients, clipping and update. The state is the parameters and the
 * optimiser's slots (`<parameter>.<slot>`); outputs are `loss`, `gradientNorm` (before clipping), and those asked for.
 * Feed `scheduleFeeds(optimiser, …)` beside the data.
 *
 * @param parameters float32 inputs of the loss's graph
 * @throws GraphError where a parameter does not reach the loss
 */
export function trainStep(
  loss: Tensor,
  parameters: readonly Tensor[],
  optimiser: Optimiser,
  { maxNorm, outputs = {} }: TrainOptions = {},
): Program {
  const gradients = lossGradients(loss, parameters);
  const update = updateAll(loss.graph, optimiser, parameters, gradients, maxNorm);
  return compile({ loss, gradientNorm: update.norm, ...outputs }, update.state);
}

/**
 * Half of a training step with gradient accumulation: adds the gradients of one micro-batch to the sums in the state
 * (`<parameter>.gradient`), and leaves the parameters alone. Outputs are `loss` and those asked for.
 */
export function accumulateStep(
  loss: Tensor,
  parameters: readonly Tensor[],
  { outputs = {} }: Pick<TrainOptions, "outputs"> = {},
): Program {
  const state = lossGradients(loss, parameters).map((gradient, i): NextState => {
    const { name, dtype, shape } = parameters[i]!;
    const total = loss.graph.input(gradientSlot(name), dtype, shape);
    return { input: total, next: add(total, gradient), startsAtZero: true };
  });
  return compile({ loss, ...outputs }, state);
}

/**
 * The other half: updates the parameters from the sums of gradients times the input `gradientScale` (one over the
 * number of micro-batches, or of tokens), and sets the sums to zero. Output: `gradientNorm`, after scaling and before
 * clipping.
 */
export function applyStep(
  parameters: readonly NamedType[],
  optimiser: Optimiser,
  { maxNorm }: Pick<TrainOptions, "maxNorm"> = {},
): Program {
  const g = graph();
  const scale = g.input("gradientScale", "float32", []);
  const inputs = parameters.map(({ name, dtype, shape }) => g.input(name, dtype, shape));
  const totals = parameters.map(({ name, dtype, shape }) => g.input(gradientSlot(name), dtype, shape));
  const gradients = totals.map((total) => mul(total, scale));
  const update = updateAll(g, optimiser, inputs, gradients, maxNorm);
  const cleared = totals.map((input): NextState => ({ input, next: zerosLike(input), startsAtZero: true }));
  return compile({ gradientNorm: update.norm }, [...update.state, ...cleared]);
}

const gradientSlot = (name: string) => `${name}.gradient`;

function lossGradients(loss: Tensor, parameters: readonly Tensor[]): Tensor[] {
  const wrong = parameters.find(({ dtype, node }) => dtype !== "float32" || node !== undefined);
  if (wrong !== undefined)
    throw new GraphError(`a parameter is a float32 input, got ${wrong.name}: ${showType(wrong)}`);
  const path = between(parameters, loss);
  const lost = parameters.find((parameter) => !path.has(parameter));
  if (lost !== undefined) throw new GraphError(`the parameter ${lost.name} does not reach the loss`);
  return gradient(loss, parameters);
}

function updateAll(
  g: Graph,
  optimiser: Optimiser,
  parameters: readonly Tensor[],
  gradients: readonly Tensor[],
  maxNorm: number | undefined,
): { norm: Tensor; state: NextState[] } {
  const norm = globalNorm(gradients);
  const scalars = Object.fromEntries(
    Object.keys(optimiser.scalars({ step: 1, learningRate: 0 })).map((name) => [
      name,
      g.input(scalarInput(name), "float32", []),
    ]),
  );
  // maxNorm/max(norm, maxNorm) is 1 where the norm is small enough, and never divides by zero
  const factor = maxNorm === undefined ? undefined : div(g.scalar(maxNorm), maximum(norm, maxNorm));
  const state = parameters.flatMap((parameter, i): NextState[] => {
    const { name, dtype, shape } = parameter;
    const slots = optimiser.slots.map((slot) => g.input(`${name}.${slot}`, dtype, shape));
    const clipped = factor === undefined ? gradients[i]! : mul(gradients[i]!, factor);
    const next = optimiser.update({ name, parameter, gradient: clipped, slots, scalars });
    return [
      { input: parameter, next: next.parameter },
      ...slots.map((input, j) => ({ input, next: next.slots[j]!, startsAtZero: true })),
    ];
  });
  return { norm, state };
}

/** √Σg² over all elements of all tensors. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  return sqrt(tensors.map((tensor) => sum(square(tensor))).reduce((a, b) => add(a, b)));
}
