/**
 * Utilities that look at the worst value only, or nearly so.
 * @module
 */
import { minimum, softMin } from "../../objective/index.ts";
import type { Utility } from "../utility.ts";
import { eachRollout } from "./rows.ts";
import { type StandardisedValue, standardiser } from "./standardised.ts";

/**
 * u = min z: the least of the standardised rewards (as MaxMin-RLHF does over groups of people, Chakraborty et al. 2024).
 * @param values in the order of the batch's reward columns
 * @throws RangeError as `standardiser` does
 */
export function minUtility(values: readonly StandardisedValue[]): Utility {
  const standardised = standardiser(values);
  return {
    name: "min of z",
    describe: "The least of the standardised rewards z = (r − r_ref)/T.",
    utilities: (batch) => eachRollout(standardised(batch), values.length, minimum),
  };
}

/**
 * u = −τ log mean exp(−z/τ): a smooth minimum, the least z as τ → 0 and the mean of z as τ → ∞.
 * @param values in the order of the batch's reward columns
 * @throws RangeError as `standardiser` does, or for τ not above 0
 */
export function softMinUtility(
  values: readonly StandardisedValue[],
  { tau = 0.5 }: { tau?: number } = {},
): Utility {
  if (!(tau > 0 && Number.isFinite(tau)))
    throw new RangeError(`τ of a soft minimum is a finite number above 0, got ${tau}`);
  const standardised = standardiser(values);
  const equal = values.map(() => 1 / values.length);
  return {
    name: `soft-min of z, τ=${tau}`,
    describe: `−τ log of the mean of exp(−z/τ) with τ = ${tau}: a smooth minimum of the standardised rewards.`,
    utilities: (batch) => eachRollout(standardised(batch), values.length, (z) => softMin(z, equal, tau)),
  };
}
