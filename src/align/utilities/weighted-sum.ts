import { weightedSum } from "../../objective/index.ts";
import type { Utility } from "../utility.ts";
import { checkValues, eachRollout, terms } from "./rows.ts";

/**
 * u = Σ w r of raw rewards: the usual baseline, in whatever units the rewards are.
 *
 * @param values in the order of the batch's reward columns; weight 1 where absent
 * @throws RangeError for no value, one that comes twice, or a weight that is not finite
 */
export function weightedSumUtility(values: readonly { value: string; weight?: number }[]): Utility {
  checkValues(values);
  const weights = values.map(({ weight = 1 }) => weight);
  return {
    name: `raw sum ${terms(values)}`,
    describe: `The weighted sum of raw rewards, ${terms(values)}.`,
    utilities: ({ rewards }) => eachRollout(rewards, values.length, (row) => weightedSum(row, weights)),
  };
}
