/**
 * Baselines that transform each reward by itself and add the results with equal weights.
 * @module
 */
import {
  cdf,
  clip,
  expTilt,
  identity,
  logCdf,
  lsc,
  sigmoidShaped,
  type Transform,
  zScore,
} from "../objective/index.ts";
import { moments } from "../stats/moments.ts";
import { highest } from "./choice.ts";
import type { Method } from "./method.ts";
import { concat, type ScoredSet } from "./scored-set.ts";
import type { MethodFamily } from "./types.ts";

/** Tilt of InfAlign-CTRL; with k candidates, best-of-k itself corresponds to a tilt that grows with k. */
const TILT = 5;

type Sum = {
  name: string;
  family: MethodFamily;
  describe: string;
  /** What is transformed: wanted raw rewards, or wanted z. */
  on: "rewards" | "z";
  transform: (column: Float64Array, value: number) => Transform;
};

/** @param sets where global means, spreads and distributions are taken from: every candidate counts once */
export function transformMethods(sets: readonly ScoredSet[]): Method[] {
  const values = sets[0]?.wanted.rewards.length ?? 0;
  const pooled = Array.from({ length: values }, (_, v) =>
    concat(sets.map(({ wanted }) => wanted.rewards[v]!)),
  );
  return [...scaledSums(pooled), ...shapedSums(pooled), ...rankSums(pooled)].map(sumMethod);
}

function scaledSums(pooled: Float64Array[]): Sum[] {
  const global = pooled.map((column) => zScore(moments(column)));
  return [
    {
      name: "z-score sum, global",
      family: "scaled-sum",
      describe: "Σ (r − mean)/std, with mean and std over all candidates.",
      on: "rewards",
      transform: (_, v) => global[v]!,
    },
    {
      name: "z-score sum, per prompt (GDPO)",
      family: "scaled-sum",
      describe: "Σ (r − mean)/std, with mean and std over the prompt's own candidates.",
      on: "rewards",
      transform: (column) => zScore(moments(column)),
    },
    {
      name: "sum of z",
      family: "scaled-sum",
      describe:
        "Σ (r − r_ref)/T: centred and calibrated, but not bent. Without T it is the equal-weight raw sum.",
      on: "z",
      transform: () => identity(),
    },
  ];
}

function shapedSums(pooled: Float64Array[]): Sum[] {
  const clips = pooled.map((column) => {
    const { mean, std } = moments(column);
    const [held, scale] = [clip({ low: mean - std, high: mean + std }), zScore({ mean, std })];
    return {
      value: (r: number) => scale.value(held.value(r)),
      derivative: (r: number) => held.derivative(r),
    };
  });
  return [
    {
      name: "sum of LSC",
      family: "transform",
      describe: "Σ log σ(z): the goal “all values”, whatever the goal sentence says.",
      on: "z",
      transform: () => lsc({ reference: 0 }),
    },
    {
      name: "sum of sigmoids (PAR)",
      family: "transform",
      describe: "Σ σ(z).",
      on: "z",
      transform: () => sigmoidShaped({ references: [0] }),
    },
    {
      name: "sum of clipped z-scores",
      family: "transform",
      describe: "Σ (r − mean)/std held within ±1, with mean and std over all candidates.",
      on: "rewards",
      transform: (_, v) => clips[v]!,
    },
  ];
}

/** By rank among the prompt's own candidates, or among all. */
function rankSums(pooled: Float64Array[]): Sum[] {
  const kinds: { name: string; what: string; make: (samples: Float64Array) => Transform }[] = [
    { name: "sum of CDFs", what: "C(r)", make: (samples) => cdf({ samples }) },
    {
      name: `sum of exp-tilted CDFs, t=${TILT}`,
      what: `exp(${TILT} C(r))`,
      make: (samples) => expTilt({ samples, t: TILT }),
    },
    { name: "sum of log-CDFs", what: "log C(r)", make: (samples) => logCdf({ samples }) },
  ];
  return kinds.flatMap(({ name, what, make }): Sum[] => {
    const global = pooled.map(make);
    return [
      {
        name: `${name}, per prompt`,
        family: "transform",
        describe: `Σ ${what}, C being the share of the prompt's own candidates at or below r.`,
        on: "rewards",
        transform: (column) => make(column),
      },
      {
        name: `${name}, global`,
        family: "transform",
        describe: `Σ ${what}, C being the share of all candidates at or below r.`,
        on: "rewards",
        transform: (_, v) => global[v]!,
      },
    ];
  });
}

function sumMethod({ name, family, describe, on, transform }: Sum): Method {
  return {
    name,
    family,
    describe,
    choose({ wanted, size }) {
      const sum = new Float64Array(size);
      wanted[on].forEach((column, v) => {
        const { value } = transform(column, v);
        for (let c = 0; c < size; c++) sum[c]! += value(column[c]!);
      });
      return highest(sum);
    },
  };
}
