import type { ScoredCandidates } from "../../align/score-candidates.ts";
import { InputError } from "../../io/errors.ts";
import { normalQuantileReference, type Objective } from "../../objective/index.ts";
import { loadRewardSource, type RewardSource } from "../../rewards/index.ts";

/** The median of the base samples: a judge calls a response good if it beats half of what the base policy says. */
const MEDIAN = 0.5;

export type Judgement = {
  z: (Float64Array | undefined)[][];
  /** By value: what makes its judge less independent than it is taken for. */
  notes: Map<string, string>;
};

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
): Promise<Judgement> {
  const notes: Judgement["notes"] = new Map();
  const z = scored.map(() => objective.values.map((): Float64Array | undefined => undefined));
  for (const path of paths) {
    const source = await loadRewardSource(path);
    const { model: judge } = source;
    const temperature = source.kind === "directory" ? source.model.info.calibration.temperature : 1;
    const v = objective.values.indexOf(judge.value);
    if (v < 0) refuse(path, `the goal has no value "${judge.value}" to judge`);
    if (z[0]?.[v] !== undefined) refuse(path, `"${judge.value}" has a judge already`);
    const note = noteOn(source, objective, scored);
    if (note !== undefined) notes.set(judge.value, note);
    for (const [i, { set }] of scored.entries()) {
      const items = set.candidates.map(({ response }) => ({ prompt: set.prompt, response }));
      const rewards = await judge.score(items, { signal });
      const reference = normalQuantileReference(rewards, MEDIAN);
      z[i]![v] = rewards.map((reward) => (reward - reference) / temperature);
    }
  }
  return { z, notes };
}

function noteOn(
  source: RewardSource,
  objective: Objective,
  scored: readonly ScoredCandidates[],
): string | undefined {
  const { value } = source.model;
  const spec = objective.file.values[value]!.model;
  if ("sha256" in spec && spec.sha256 === source.sha256)
    return `${value}: the judge is the very reward that chose. This shows what the choice did, not whether it was good.`;
  if (source.kind !== "directory") return undefined;
  const { trainingPrompts } = source.model;
  const seen = scored.filter(({ set }) => trainingPrompts.has(set.promptHash)).length;
  return seen === 0
    ? undefined
    : `${value}: the judge was trained on ${seen} of these ${scored.length} prompts.`;
}

function refuse(path: string, problem: string): never {
  throw new InputError({ problem, file: path, fix: "Leave this judge out" });
}
