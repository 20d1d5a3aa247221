import { sigmoid, softplus } from "../objective/index.ts";
import { type MinimiseOptions, type Minimum, minimise } from "./lbfgs.ts";
import { addRow, rowDot, type SparseRows } from "./sparse.ts";

export type BradleyTerryProblem = {
  /** φ(x, y⁺) − φ(x, y⁻), one row a pair. */
  differences: SparseRows;
  /** Rows to fit; all where absent. */
  use?: readonly number[];
  /** By how much the chosen should win, one a row; 0 where absent. */
  margins?: Float64Array;
  /** How much each row counts, ≥ 0 and not all 0 over `use`; 1 where absent. */
  counts?: Float64Array;
  /** λ ≥ 0. */
  l2: number;
  /** Multiplies λ, one a column; 1 where absent. 0 leaves a column unpenalised. */
  penalties?: Float64Array;
};

/**
 * The loss of a linear Bradley–Terry reward r = θ·φ and its gradient:
 * Σ c_i softplus(m_i − θ·d_i) / Σ c_i + (λ/2) Σ_j p_j θ_j².
 *
 * There is no bias, because it would cancel in every difference, and so no centring term either: the shift that such a
 * term pins down is not a parameter here. The reference of the objective takes care of it.
 */
export function bradleyTerryLoss(
  problem: BradleyTerryProblem,
): (x: Float64Array, gradient: Float64Array) => number {
  const { differences, margins, counts, l2, penalties } = problem;
  const use = problem.use ?? Array.from({ length: differences.starts.length - 1 }, (_, i) => i);
  const total = use.reduce((sum, i) => sum + (counts?.[i] ?? 1), 0);
  if (!(total > 0)) throw new RangeError("a fit needs at least one pair that counts");
  return (x, gradient) => {
    let loss = 0;
    for (let j = 0; j < x.length; j++) {
      const strength = l2 * (penalties?.[j] ?? 1);
      loss += 0.5 * strength * x[j]! * x[j]!;
      gradient[j] = strength * x[j]!;
    }
    for (const i of use) {
      const share = (counts?.[i] ?? 1) / total;
      const gap = (margins?.[i] ?? 0) - rowDot(differences, i, x);
      loss += share * softplus(gap);
      addRow(differences, i, -share * sigmoid(gap), gradient);
    }
    return loss;
  };
}

/** Fits θ by L-BFGS. With λ > 0 the loss is strictly convex in every penalised direction and the optimum unique. */
export function fitBradleyTerry(
  problem: BradleyTerryProblem,
  options: MinimiseOptions & { start?: Float64Array } = {},
): Minimum {
  const start = options.start ?? new Float64Array(problem.differences.columns);
  return minimise(bradleyTerryLoss(problem), start, options);
}
