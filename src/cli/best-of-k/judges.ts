import type { ScoredCandidates } from "../../align/score-candidates.ts";
import { InputError } from "../../io/errors.ts";
import { normalQuantileReference, type Objective } from "../../objective/index.ts";
import { loadRewardModel } from "../../rewards/index.ts";

/** The median of the base samples: a judge calls a response good if it beats half of what the base policy says. */
const MEDIAN = 0.5;

/**
 * z of independent judges for every candidate: (r − median of the prompt's candidates)/T, by prompt and value of the
 * goal; undefined for a value that has no judge.
 *
 * @param folders model directories
 * @throws InputError for two judges of one value, or a judge of no value of the goal
 */
export async function judgeCandidates(
  scored: readonly ScoredCandidates[],
  objective: Objective,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<(Float64Array | undefined)[][]> {
  const z = scored.map(() => objective.values.map((): Float64Array | undefined => undefined));
  for (const folder of folders) {
    const judge = await loadRewardModel(folder);
    const v = objective.values.indexOf(judge.value);
    if (v < 0) refuse(folder, `the goal has no value "${judge.value}" to judge`);
    if (z[0]?.[v] !== undefined) refuse(folder, `"${judge.value}" has a judge already`);
    for (const [i, { set }] of scored.entries()) {
      const items = set.candidates.map(({ response }) => ({ prompt: set.prompt, response }));
      const rewards = await judge.score(items, { signal });
      const reference = normalQuantileReference(rewards, MEDIAN);
      z[i]![v] = rewards.map((reward) => (reward - reference) / judge.info.calibration.temperature);
    }
  }
  return z;
}

function refuse(folder: string, problem: string): never {
  throw new InputError({ problem, file: folder, fix: "Leave this judge out" });
}
