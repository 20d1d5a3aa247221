import type { ScoredCandidates } from "../../align/score-candidates.ts";
import { InputError } from "../../io/errors.ts";
import { normalQuantileReference, type Objective } from "../../objective/index.ts";
import { loadRewardSource } from "../../rewards/index.ts";

/** The median of the base samples: a judge calls a response good if it beats half of what the base policy says. */
const MEDIAN = 0.5;

/**
 * z of independent judges for every candidate: (r − median of the prompt's candidates)/T, by prompt and value of the
 * goal; undefined for a value that has no judge.
 *
 * @param paths model folders, remote rewards (`.json`) or functions (`.mjs`); T of the latter two is 1
 * @throws InputError for two judges of one value, or a judge of no value of the goal
 */
export async function judgeCandidates(
  scored: readonly ScoredCandidates[],
  objective: Objective,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<(Float64Array | undefined)[][]> {
  const z = scored.map(() => objective.values.map((): Float64Array | undefined => undefined));
  for (const path of paths) {
    const source = await loadRewardSource(path);
    const { model: judge } = source;
    const temperature = source.kind === "directory" ? source.model.info.calibration.temperature : 1;
    const v = objective.values.indexOf(judge.value);
    if (v < 0) refuse(path, `the goal has no value "${judge.value}" to judge`);
    if (z[0]?.[v] !== undefined) refuse(path, `"${judge.value}" has a judge already`);
    for (const [i, { set }] of scored.entries()) {
      const items = set.candidates.map(({ response }) => ({ prompt: set.prompt, response }));
      const rewards = await judge.score(items, { signal });
      const reference = normalQuantileReference(rewards, MEDIAN);
      z[i]![v] = rewards.map((reward) => (reward - reference) / temperature);
    }
  }
  return z;
}

function refuse(path: string, problem: string): never {
  throw new InputError({ problem, file: path, fix: "Leave this judge out" });
}
