/** What the report shows of single prompts and candidates. */
import { z } from "zod";
import type { Choice } from "../../align/best-of-k.ts";
import { bestOfK } from "../../align/best-of-k.ts";
import type { ScoredCandidates } from "../../align/score-candidates.ts";
import type { BestOfKEvaluation } from "../../evaluate/index.ts";
import { InputError } from "../../io/errors.ts";
import { type Objective, weightedSum } from "../../objective/index.ts";
import type {
  BestOfKReportInput,
  CandidatePoint,
  Crossing,
  ExamplePick,
  PromptExample,
  RewardEvaluation,
} from "../../report/index.ts";
import { readJson } from "../load.ts";
import { explain } from "./rows.ts";

/** For each prompt: the base's first sample, the goal's pick, and the pick of the equal-weight raw sum. */
export function promptExamples(
  scored: readonly ScoredCandidates[],
  choices: readonly Choice[],
  objective: Objective,
  { baseMethod, goalMethod, equalSumMethod }: BestOfKEvaluation,
): PromptExample[] {
  return scored.map((one, i) => ({
    promptHash: one.set.promptHash,
    prompt: one.set.prompt.map(({ role, content }) => `${role}: ${content}`).join("\n\n"),
    picks: [
      pick(baseMethod, 0, one, objective),
      pick(goalMethod, choices[i]!.index, one, objective),
      pick(equalSumMethod, bestOfK(rawSums(one)).index, one, objective),
    ],
  }));
}

function pick(
  method: string,
  candidate: number,
  scored: ScoredCandidates,
  objective: Objective,
): ExamplePick {
  const { u, bindingValue, values } = explain(scored, candidate, objective);
  const { id, response } = scored.set.candidates[candidate]!;
  return { method, candidateId: id, response, u, binding: bindingValue, values };
}

function rawSums({ rewards, u }: ScoredCandidates): Float64Array {
  const weights = rewards.map(() => 1);
  return u.map((_, i) =>
    weightedSum(
      rewards.map((column) => column[i]!),
      weights,
    ),
  );
}

/** u of every candidate against its raw sum. */
export function candidatePoints(scored: readonly ScoredCandidates[]): CandidatePoint[] {
  return scored.flatMap((one) => {
    const sums = rawSums(one);
    const [byGoal, bySum] = [bestOfK(one.u).index, bestOfK(sums).index];
    return Array.from(one.u, (u, i): CandidatePoint => {
      const goal = i === byGoal;
      const sum = i === bySum;
      return { u, sum: sums[i]!, pickedBy: goal && sum ? "both" : goal ? "goal" : sum ? "sum" : "neither" };
    });
  });
}

const accuracy = { pairs: z.number(), accuracy: z.number(), ci95: z.tuple([z.number(), z.number()]) };
const qualitySchema = z.object({
  models: z.array(z.looseObject({ model: z.string(), value: z.string(), heldOut: z.object(accuracy) })),
  matrix: z.array(z.object({ model: z.string(), pairsOf: z.string(), ...accuracy })).default([]),
});

/** The JSON of `allgood reward eval`, as the report takes it. */
export async function readRewardQuality(
  file: string,
): Promise<Pick<BestOfKReportInput, "rewards" | "crossing">> {
  const parsed = qualitySchema.safeParse(await readJson(file));
  if (!parsed.success) {
    throw new InputError({
      problem: 'this is not the JSON of "allgood reward eval"',
      file,
      found: parsed.error.issues[0]!.message,
      field: parsed.error.issues[0]!.path.join("."),
    });
  }
  return { rewards: parsed.data.models as RewardEvaluation[], crossing: parsed.data.matrix as Crossing[] };
}
