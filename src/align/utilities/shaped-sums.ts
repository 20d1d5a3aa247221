/**
 * Sums of rewards that are each bent by a sigmoid or its logarithm first.
 * @module
 */
import { logSigmoid, sigmoid } from "../../objective/index.ts";
import type { Utility } from "../utility.ts";
import { checkValues, eachRollout, terms } from "./rows.ts";
import { type StandardisedValue, standardiser } from "./standardised.ts";

/** A standardised value with its weight in a sum, 1 where absent. */
export type WeightedValue = StandardisedValue & { readonly weight?: number };

/**
 * u = Σ w log σ(z), z = (r − r_ref)/T: LSC (Wang et al. 2024, eq. 5). With all weights 1 it is the log-probability of the
 * goal "all values"; which reference it stands by, the specs say.
 *
 * @param values in the order of the batch's reward columns
 * @throws RangeError as `standardiser` does, or for a weight that is not finite
 */
export function lscSumUtility(values: readonly WeightedValue[]): Utility {
  const kinds = [...new Set(values.map(({ reference }) => referenceName(reference)))].join(", ");
  return {
    name: `sum of LSC, ${kinds}`,
    describe: `${terms(values, (value) => `log σ(${value})`)}, each standardised by its reference (${kinds}) and temperature.`,
    utilities: bentSum(values, logSigmoid),
  };
}

/**
 * u = Σ w mean_m σ((r − r_m)/T), r_m the rewards of base responses at the prompt: PAR (Fu et al. 2025), for several values.
 * Within [0, Σ w] for weights above 0.
 *
 * @param values in the order of the batch's reward columns, with references of kind `responses`; under any other kind the
 *   one reference is the only response
 * @throws RangeError as `standardiser` does, or for a weight that is not finite
 */
export function parUtility(values: readonly WeightedValue[]): Utility {
  return {
    name: "sum of sigmoids (PAR)",
    describe: `${terms(values, (value) => `mean σ(${value})`)}, against the rewards of base responses at the prompt.`,
    // z of several references is the logit of their mean σ
    utilities: bentSum(values, sigmoid),
  };
}

function bentSum(values: readonly WeightedValue[], bend: (z: number) => number): Utility["utilities"] {
  checkValues(values);
  const standardised = standardiser(values);
  return (batch) =>
    eachRollout(standardised(batch), values.length, (z) =>
      values.reduce((sum, { weight = 1 }, v) => sum + weight * bend(z[v]!), 0),
    );
}

function referenceName({ kind, q, prompts }: StandardisedValue["reference"]): string {
  const level = q === undefined ? "" : ` ${q}`;
  const scope = kind === "fixed" || prompts !== undefined ? "" : ", global";
  return `${kind}${level}${scope}`;
}
