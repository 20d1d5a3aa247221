import type { Tensor } from "./graph.ts";
import { add, div, mul, sqrt, square, sub } from "./ops/elementwise.ts";
import { float32, type Value } from "./tensor.ts";

/** What the optimiser is told at each step. */
export type Schedule = {
  /** 1 at the first update. */
  step: number;
  learningRate: number;
};

/** A rule that updates one parameter, written as a graph. */
export type Optimiser = {
  /** Tensors kept for each parameter, of its shape, zero at the start. */
  readonly slots: readonly string[];
  /** Numbers that change with the schedule, computed outside the graph in double precision. */
  readonly scalars: (schedule: Schedule) => Readonly<Record<string, number>>;
  readonly update: (args: {
    name: string;
    parameter: Tensor;
    gradient: Tensor;
    slots: readonly Tensor[];
    scalars: Readonly<Record<string, Tensor>>;
  }) => { parameter: Tensor; slots: readonly Tensor[] };
};

export type AdamWOptions = {
  /** Decay rate of the mean of gradients, in [0, 1). */
  beta1?: number;
  /** Decay rate of the mean of squared gradients, in [0, 1). */
  beta2?: number;
  epsilon?: number;
  /** λ: each step shrinks a decayed parameter by the factor 1 − learningRate·λ. */
  weightDecay?: number;
  /** Which parameters decay, by name; all if absent. Usual: matrices only. */
  decays?: (name: string) => boolean;
};

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2): bias-corrected moments, decay decoupled from the gradient.
 *
 * The slots hold m/(1−β₁) and v/(1−β₂), and the corrections are folded into the step size and into ε: the same update
 * in four passes fewer over each parameter.
 */
export function adamW(options: AdamWOptions = {}): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decays = () => true } = options;
  return {
    slots: ["m", "v"],
    scalars({ step, learningRate }) {
      // v̂ = scale²·slot
      const scale = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      return {
        stepSize: (learningRate * (1 - beta1)) / (1 - beta1 ** step) / scale,
        epsilon: epsilon / scale,
        keep: 1 - learningRate * weightDecay,
      };
    },
    update({ name, parameter, gradient, slots: [m, v], scalars }) {
      const nextM = add(mul(m!, beta1), gradient);
      const nextV = add(mul(v!, beta2), square(gradient));
      const direction = div(nextM, add(sqrt(nextV), scalars.epsilon!));
      const kept = weightDecay > 0 && decays(name) ? mul(parameter, scalars.keep!) : parameter;
      return { parameter: sub(kept, mul(direction, scalars.stepSize!)), slots: [nextM, nextV] };
    },
  };
}

export type SgdOptions = {
  /** μ in velocity ← μ·velocity + gradient; 0 keeps no velocity. */
  momentum?: number;
};

/** Stochastic gradient descent: parameter ← parameter − learningRate·velocity. */
export function sgd({ momentum = 0 }: SgdOptions = {}): Optimiser {
  return {
    slots: momentum > 0 ? ["velocity"] : [],
    scalars: ({ learningRate }) => ({ stepSize: learningRate }),
    update({ parameter, gradient, slots: [velocity], scalars }) {
      const next = velocity === undefined ? gradient : add(mul(velocity, momentum), gradient);
      return {
        parameter: sub(parameter, mul(next, scalars.stepSize!)),
        slots: velocity === undefined ? [] : [next],
      };
    },
  };
}

/** The feeds that a training program with this optimiser needs at each update, beside the data. */
export function scheduleFeeds(optimiser: Optimiser, schedule: Schedule): Record<string, Value> {
  const entries = Object.entries(optimiser.scalars(schedule));
  return Object.fromEntries(entries.map(([name, number]) => [scalarInput(name), float32([number], [])]));
}

export const scalarInput = (name: string): string => `optimiser.${name}`;
