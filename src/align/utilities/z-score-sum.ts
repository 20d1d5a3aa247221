import { zScore } from "../../objective/index.ts";
import type { Utility } from "../utility.ts";
import type { BaseMoments } from "./base-moments.ts";
import { checkValues, eachRollout, promptOf, terms } from "./rows.ts";

/** A value with the moments of its base rewards, from `baseMoments`. */
export type ZScoredValue = {
  readonly value: string;
  /** 1 where absent. */
  readonly weight?: number;
  readonly moments: BaseMoments;
};

/**
 * u = Σ w (r − mean)/std with mean and std of base samples: of all prompts (`global`), or of the rollout's own prompt
 * (`prompt`; one never sampled gets the global ones). They stay as they are while the policy moves, unlike GDPO's. A value
 * whose base rewards have no spread at all adds 0.
 *
 * @param values in the order of the batch's reward columns
 * @throws RangeError for no value, one that comes twice, or a weight that is not finite
 */
export function zScoreSumUtility(
  values: readonly ZScoredValue[],
  { per }: { per: "prompt" | "global" },
): Utility {
  checkValues(values);
  const global = values.map(({ moments }) => zScore(moments.global));
  const at = (v: number, promptHash: string) => {
    const { prompts } = values[v]!.moments;
    const known = per === "prompt" && Object.hasOwn(prompts, promptHash);
    return known ? zScore(prompts[promptHash]!) : global[v]!;
  };
  return {
    name: per === "global" ? "z-score sum, global" : "z-score sum, per prompt",
    describe: `${terms(values, (value) => `(${value} − mean)/std`)}, with mean and std of base samples of ${
      per === "global" ? "all prompts" : "the same prompt"
    }.`,
    utilities: (batch) =>
      eachRollout(batch.rewards, values.length, (row, i) => {
        const { promptHash } = promptOf(batch, i);
        return values.reduce((sum, { weight = 1 }, v) => sum + weight * at(v, promptHash).value(row[v]!), 0);
      }),
  };
}
