/**
 * Transforms of one reward. LSC is the paper's; the others stand here to be compared with it, and for people who
 * need them. Each is a function of the raw reward with its derivative, which is how hard training pushes there.
 * @module
 */
import { logSigmoid, mean, sigmoid } from "./math.ts";

export type Transform = {
  value(reward: number): number;
  /** d value / d reward; 0 where the transform is flat or is a step. */
  derivative(reward: number): number;
};

/** r itself: the raw-reward baseline. */
export function identity(): Transform {
  return { value: (reward) => reward, derivative: () => 1 };
}

/**
 * Log-sigmoid-centred: log σ((r − r_ref)/T) ≤ 0 (Wang et al. 2024, eq. 5). About linear far below the reference,
 * flat far above it: effort goes where the output is poor.
 */
export function lsc({ reference, temperature = 1 }: { reference: number; temperature?: number }): Transform {
  return {
    value: (reward) => logSigmoid((reward - reference) / temperature),
    derivative: (reward) => sigmoid((reference - reward) / temperature) / temperature,
  };
}

/** Mean over reference responses of σ((r − r_m)/T), in [0, 1]: PAR (Fu et al. 2025). */
export function sigmoidShaped({
  references,
  temperature = 1,
}: {
  references: ArrayLike<number>;
  temperature?: number;
}): Transform {
  const at = (reward: number) => Array.from(references, (r) => sigmoid((reward - r) / temperature));
  return {
    value: (reward) => mean(at(reward)),
    derivative: (reward) => mean(at(reward).map((p) => p * (1 - p))) / temperature,
  };
}

/** (r − mean)/std: per prompt as in GDPO (2026), or global. A spread of 0 gives 0: nothing to choose by. */
export function zScore(moments: { mean: number; std: number }): Transform {
  const slope = moments.std > 0 ? 1 / moments.std : 0;
  return { value: (reward) => (reward - moments.mean) * slope, derivative: () => slope };
}

/** r held within [low, high]. */
export function clip({ low, high }: { low: number; high: number }): Transform {
  return {
    value: (reward) => Math.min(Math.max(reward, low), high),
    derivative: (reward) => (reward > low && reward < high ? 1 : 0),
  };
}

/**
 * Calibrated reward C(r) = P(base sample ≤ r), in [0, 1]: InfAlign-CTRL (Balashankar et al. 2024). The empirical
 * distribution of `samples`, non-empty; a step function, so its derivative is 0 almost everywhere.
 */
export function cdf({ samples }: { samples: ArrayLike<number> }): Transform {
  const sorted = Float64Array.from(samples).sort();
  return { value: (reward) => countAtMost(sorted, reward) / sorted.length, derivative: () => 0 };
}

/** exp(t·C(r)): the exponential tilt of InfAlign-CTRL; t > 0 favours the top, as best-of-k does. */
export function expTilt({ samples, t }: { samples: ArrayLike<number>; t: number }): Transform {
  const calibrated = cdf({ samples });
  return { value: (reward) => Math.exp(t * calibrated.value(reward)), derivative: () => 0 };
}

/** log C(r), with half a sample added so that a reward below every sample stays finite: log((count + ½)/(n + ½)) ≤ 0. */
export function logCdf({ samples }: { samples: ArrayLike<number> }): Transform {
  const sorted = Float64Array.from(samples).sort();
  return {
    value: (reward) => Math.log((countAtMost(sorted, reward) + 0.5) / (sorted.length + 0.5)),
    derivative: () => 0,
  };
}

/** How many of an ascending array are ≤ x, by bisection. */
function countAtMost(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
