import type { Objective } from "../../objective/index.ts";
import type { Utility } from "../utility.ts";
import { standardisedValues, standardiser } from "./standardised.ts";

/**
 * u = log p(goal | x, y): each reward standardised by its reference at the prompt and its temperature, combined by the goal
 * sentence (Wang et al. 2024, sections 3 and 4).
 *
 * The batch's reward columns are those of `objective.values`, in that order.
 * @throws MissingReferenceError, from `utilities`, for a prompt without a reference where the file wants one
 */
export function objectiveUtility(objective: Objective): Utility {
  const standardised = standardiser(standardisedValues(objective));
  return {
    name: "objective",
    describe: `The log-probability of the goal “${objective.goal.sentence}”.`,
    utilities: (batch) => objective.goal.logProb(standardised(batch)),
  };
}
