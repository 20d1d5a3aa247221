import { moments } from "../../stats/moments.ts";
import type { RewardedBatch, Utility } from "../utility.ts";
import { checkValues, terms } from "./rows.ts";

/** Added to every standard deviation, as in TRL. */
const EPSILON = 1e-4;

/**
 * GDPO (arXiv 2601.05242): A_n = (r_n − mean)/(std + ε) for each value within the rollouts of one prompt, A = Σ w A_n, and
 * u = (A − mean)/(std + ε) over the batch.
 *
 * u is no function of the response alone: it says how good it is beside its group and batch. Its standard deviation over a
 * batch is 1 whatever the rewards' units, so the KL weight γ of E[u] − γ KL is in standard deviations a nat. There is no
 * fixed optimum π₀ exp(u/γ): as the policy narrows, what differences are left are blown up to the same size again, and
 * the pull against the KL does not weaken. Under an algorithm that divides by the group's spread (GRPO with scaling) it
 * would be normalised a third time: use it with one that does not.
 *
 * A group of one has nothing to compare with, and a batch without any spread gives 0.
 * @param values in the order of the batch's reward columns; weight 1 where absent
 * @throws RangeError for no value, one that comes twice, or a weight that is not finite; from `utilities` for n < 2
 */
export function gdpoUtility(values: readonly { value: string; weight?: number }[]): Utility {
  checkValues(values);
  return {
    name: "GDPO",
    describe: `${terms(values)}, each normalised within the responses to the same prompt, and the sum over the batch.`,
    utilities: (batch) => {
      const { rewards, n } = batch;
      if (n < 2) throw new RangeError(`GDPO needs at least 2 responses a prompt, got ${n}`);
      if (rewards.length !== values.length)
        throw new RangeError(
          `a utility of ${values.length} values was given ${rewards.length} reward columns`,
        );
      const sum = new Float64Array(rewards[0]!.length);
      rewards.forEach((column, v) => {
        const { weight = 1 } = values[v]!;
        inGroups(column, n).forEach((a, i) => {
          sum[i]! += weight * a;
        });
      });
      return normalised(sum);
    },
  };
}

function inGroups(column: Float64Array, n: RewardedBatch["n"]): Float64Array {
  const all = new Float64Array(column.length);
  for (let start = 0; start < column.length; start += n)
    all.set(normalised(column.subarray(start, start + n)), start);
  return all;
}

function normalised(x: Float64Array): Float64Array {
  const { mean, std } = moments(x);
  return x.map((value) => (value - mean) / (std + EPSILON));
}
