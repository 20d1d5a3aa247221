import { mean, standardDeviation } from "simple-statistics";
import { quantile } from "../objective/index.ts";
import { minimise, type SmoothFunction } from "./lbfgs.ts";
import { addRow, rowDot, type SparseRows } from "./sparse.ts";

export type QuantileProblem = {
  /** Features, one row a unit (a prompt). */
  features: SparseRows;
  /** The row of each observation: a prompt has several samples. */
  rowOf: Int32Array;
  /** The observations, finite, at least one. */
  observations: Float64Array;
  /** The level, in (0, 1). */
  q: number;
  /** Strength of the L2 penalty on the weights, for observations of unit spread; Infinity: no features, a constant. */
  l2: number;
};

export type QuantileFit = { intercept: number; weights: Float64Array };

/** Half-width of the smoothing, where the observations have standard deviation 1. */
const SMOOTHING = 0.05;

/** ρ_q(e) = max(q e, (q − 1) e): its expectation is least where e = y − (the q-quantile of y) (Koenker & Bassett 1978). */
export function pinball(error: number, q: number): number {
  return Math.max(q * error, (q - 1) * error);
}

/**
 * Linear quantile regression: weights by the pinball loss, smoothed within ±h of its kink so that it has a gradient
 * (convolution with a uniform kernel; Fernandes, Guerre & Horta 2021), plus (λ/2)‖θ‖². The intercept is then the sample
 * quantile (type 7) of what the features leave, so that without features the fit is the sample quantile itself.
 */
export function fitQuantile(problem: QuantileProblem): QuantileFit {
  const { features, rowOf, observations, q, l2 } = problem;
  const all = Array.from(observations);
  const [centre, spread] = [mean(all), standardDeviation(all)];
  const weights = new Float64Array(features.columns);
  if (l2 !== Number.POSITIVE_INFINITY && spread > 0) {
    const scaled = observations.map((y) => (y - centre) / spread);
    const start = new Float64Array(features.columns + 1);
    start[features.columns] = quantile(scaled, q);
    const { x } = minimise(smoothedLoss({ ...problem, observations: scaled }), start, { tolerance: 1e-5 });
    weights.set(x.subarray(0, -1).map((weight) => weight * spread));
  }
  const left = observations.map((y, i) => y - rowDot(features, rowOf[i]!, weights));
  return { intercept: quantile(left, q), weights };
}

/** The smoothed loss over weights and, last, the intercept. Exported for its gradient test. */
export function smoothedLoss({ features, rowOf, observations, q, l2 }: QuantileProblem): SmoothFunction {
  const rows = features.starts.length - 1;
  const h = SMOOTHING;
  return (x, gradient) => {
    const intercept = x[features.columns]!;
    const fitted = Float64Array.from({ length: rows }, (_, i) => intercept + rowDot(features, i, x));
    const pull = new Float64Array(rows);
    let loss = 0;
    observations.forEach((y, i) => {
      const error = y - fitted[rowOf[i]!]!;
      const inside = Math.abs(error) < h;
      loss +=
        (inside ? (q - 1) * error + (error + h) ** 2 / (4 * h) : pinball(error, q)) / observations.length;
      const above = Math.min(1, Math.max(0, (error / h + 1) / 2));
      pull[rowOf[i]!]! -= (q - 1 + above) / observations.length;
    });
    gradient.fill(0);
    for (let j = 0; j < features.columns; j++) {
      loss += 0.5 * l2 * x[j]! * x[j]!;
      gradient[j] = l2 * x[j]!;
    }
    pull.forEach((by, i) => {
      addRow(features, i, by, gradient);
      gradient[features.columns]! += by;
    });
    return loss;
  };
}
