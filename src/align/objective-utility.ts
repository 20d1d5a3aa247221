import { type Objective, type ReferenceValue, resolveReference, standardise } from "../objective/index.ts";
import { estimateReference } from "../rewards/index.ts";
import type { AlignPrompt } from "./rollout.ts";
import type { Utility } from "./utility.ts";

/**
 * u = log p(goal | x, y): each reward standardised by its reference at the prompt and its temperature, combined by the goal
 * sentence (Wang et al. 2024, sections 3 and 4).
 *
 * The batch's reward columns are those of `objective.values`, in that order.
 * @throws MissingReferenceError, from `utilities`, for a prompt without a reference where the file wants one
 */
export function objectiveUtility(objective: Objective): Utility {
  const known = new Map<string, ReferenceValue[]>();
  const referencesAt = (prompt: AlignPrompt): ReferenceValue[] => {
    let found = known.get(prompt.promptHash);
    if (found === undefined) {
      found = objective.values.map((value) => referenceOf(objective, value, prompt));
      known.set(prompt.promptHash, found);
    }
    return found;
  };
  return {
    name: "objective",
    describe: `The log-probability of the goal “${objective.goal.sentence}”.`,
    utilities({ prompts, n, rewards }) {
      const z = rewards.map((column, v) => {
        const { temperature } = objective.file.values[objective.values[v]!]!;
        return column.map((r, i) =>
          standardise(r, referencesAt(prompts[Math.floor(i / n)]!)[v]!, temperature),
        );
      });
      return objective.goal.logProb(z);
    },
  };
}

function referenceOf(
  objective: Objective,
  value: string,
  { promptHash, prompt }: AlignPrompt,
): ReferenceValue {
  const { reference } = objective.file.values[value]!;
  const { estimator } = reference;
  return resolveReference(reference, promptHash, estimator && (() => estimateReference(estimator, prompt)))
    .value;
}
