/**
 * Several reward models of one value as one, so that what only one of them believes earns little (reward hacking is
 * mostly that).
 *
 * Bradley–Terry fixes differences, so two models of one value differ by a shift at each prompt, even if they agree. Mean
 * rewards only shift with it, but a minimum or a spread over unshifted rewards would compare the shifts. So each member
 * is divided by its own temperature, to units of log-odds, and shifted to 0 at a reference of the caller's: the same
 * response for all members, or a number per member.
 * @module
 */
import { meanMinusStd, minimum } from "../objective/index.ts";
import type { Message } from "../preferences/index.ts";
import { type NgramModel, ngramModel } from "./ngram-model.ts";
import type { RewardModel } from "./reward-model.ts";

export type Member = { model: RewardModel; temperature: number };

/** Mean; the worst member (Coste et al. 2024, "worst-case optimisation"); mean − λ·std (population std). */
export type Combination = { kind: "mean" } | { kind: "min" } | { kind: "mean-minus-std"; lambda: number };

/**
 * An ensemble in units of log-odds: its temperature is 1.
 *
 * @param members at least one, all of one value
 * @param anchor the response at x whose reward is 0 for every member, such as a canned one
 * @throws RangeError for no member, several values, or a temperature not above 0
 */
export function ensemble(
  members: readonly Member[],
  combination: Combination,
  anchor: (prompt: readonly Message[]) => string,
): RewardModel {
  const value = commonValue(members.map(({ model }) => model));
  for (const { model, temperature } of members) {
    if (!(temperature > 0))
      throw new RangeError(`the temperature of ${model.name} is ${temperature}, not above 0`);
  }
  return {
    name: `${combination.kind} of ${members.map(({ model }) => model.name).join(", ")}`,
    value,
    async score(items, options) {
      // items of one prompt share its array, and so the anchor
      const prompts = [...new Set(items.map(({ prompt }) => prompt))];
      const anchors = prompts.map((prompt) => ({ prompt, response: anchor(prompt) }));
      const place = new Map(prompts.map((prompt, p) => [prompt, items.length + p]));
      const columns: Float64Array[] = [];
      for (const { model, temperature } of members) {
        const rewards = await model.score([...items, ...anchors], options);
        columns.push(
          Float64Array.from(
            items,
            ({ prompt }, i) => (rewards[i]! - rewards[place.get(prompt)!]!) / temperature,
          ),
        );
      }
      return Float64Array.from(items, (_, i) =>
        combine(
          columns.map((column) => column[i]!),
          combination,
        ),
      );
    },
  };
}

function combine(rewards: number[], combination: Combination): number {
  if (combination.kind === "min") return minimum(rewards);
  return meanMinusStd(rewards, combination.kind === "mean" ? 0 : combination.lambda);
}

/**
 * Weight averaging (WARM, Ramé et al. 2024): one model with the mean of the members' weights. Of linear models it is
 * exactly the mean of their rewards, at the cost of one.
 *
 * @param models at least one, of one value; all n-gram models share a feature map
 */
export function averageWeights(models: readonly NgramModel[]): NgramModel {
  const value = commonValue(models);
  const weights = models[0]!.weights.map((_, j) => {
    const sum = models.reduce((total, model) => total + model.weights[j]!, 0);
    return sum / models.length;
  });
  return ngramModel(`average of ${models.map(({ name }) => name).join(", ")}`, value, weights);
}

function commonValue(models: readonly RewardModel[]): string {
  const values = [...new Set(models.map(({ value }) => value))];
  if (values.length === 1) return values[0]!;
  throw new RangeError(
    values.length === 0
      ? "an ensemble needs at least one model"
      : `an ensemble is of one value, got ${values.join(", ")}`,
  );
}
