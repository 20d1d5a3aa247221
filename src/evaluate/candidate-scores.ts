import type { ScoredCandidates } from "../align/index.ts";
import type { Objective } from "../objective/index.ts";
import type { Message } from "../preferences/index.ts";
import type { CandidateScores } from "./scored-set.ts";

/**
 * Candidates as an objective scored them, in the form that `evaluateBestOfK` takes. A value is judged by truth where every
 * candidate of a prompt has it.
 *
 * @param scored from `scoreCandidates`, with the same objective
 * @param judged z of independent judges by prompt and value, where there are any: above 0 is good
 */
export function candidateScores(
  scored: readonly ScoredCandidates[],
  objective: Objective,
  judged?: readonly (readonly (Float64Array | undefined)[])[],
): CandidateScores[] {
  return scored.map(({ set, rewards, references }, i) => ({
    promptHash: set.promptHash,
    prompt: lastUserTurn(set.prompt),
    ids: set.candidates.map(({ id }) => id),
    responses: set.candidates.map(({ response }) => response),
    rewards,
    references,
    truth: objective.values.map((value) => truthOf(set.candidates.map(({ truth }) => truth?.[value]))),
    ...(judged?.[i] && { judge: judged[i] }),
  }));
}

function truthOf(truth: (number | undefined)[]): Float64Array | undefined {
  return truth.every((share) => share !== undefined) ? Float64Array.from(truth) : undefined;
}

function lastUserTurn(prompt: readonly Message[]): string {
  return prompt.findLast(({ role }) => role === "user")?.content ?? "";
}
