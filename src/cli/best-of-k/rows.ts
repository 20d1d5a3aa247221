/** Rows of chosen.jsonl and scores.jsonl. */
import type { Choice } from "../../align/best-of-k.ts";
import type { ScoredCandidates } from "../../align/score-candidates.ts";
import type { Objective, ReferenceValue } from "../../objective/index.ts";
import type { Message } from "../../preferences/index.ts";

/** One prompt's choice with all the numbers behind it. */
export function chosenRow(
  scored: ScoredCandidates,
  choice: Choice,
  objective: Objective,
): Record<string, unknown> {
  const { set, u, referencesFrom } = scored;
  const { id, response } = set.candidates[choice.index]!;
  const { bindingValue, values } = explain(scored, choice.index, objective);
  return {
    prompt: plain(set.prompt),
    promptHash: set.promptHash,
    chosen: choice.index,
    id,
    response,
    u: u[choice.index]!,
    p: Math.exp(u[choice.index]!),
    bindingValue,
    values,
    referencesFrom: Object.fromEntries(objective.values.map((value, v) => [value, referencesFrom[v]!])),
    candidates: u.length,
    ties: choice.ties,
    klBound: choice.klBound,
  };
}

/** Every candidate with its raw rewards as columns: what `allgood audit` reads. */
export function scoreRows(
  scored: ScoredCandidates,
  choice: Choice,
  objective: Objective,
): Record<string, unknown>[] {
  const { set, rewards, u } = scored;
  return set.candidates.map(({ id, response, truth }, i) => ({
    prompt: plain(set.prompt),
    promptHash: set.promptHash,
    id,
    response,
    ...Object.fromEntries(objective.values.map((value, v) => [value, rewards[v]![i]!])),
    ...Object.fromEntries(Object.entries(truth ?? {}).map(([value, share]) => [`truth.${value}`, share])),
    u: u[i]!,
    chosen: i === choice.index,
  }));
}

/** u, gradient and binding value of one candidate. */
export function explain(scored: ScoredCandidates, candidate: number, objective: Objective) {
  const byValue = <T>(of: (v: number) => T) =>
    Object.fromEntries(objective.values.map((value, v) => [value, of(v)]));
  const rewards: Record<string, number> = byValue((v) => scored.rewards[v]![candidate]!);
  const references: Record<string, ReferenceValue> = byValue((v) => scored.references[v]!);
  return objective.evaluate(rewards, references);
}

/** A prompt of one user turn is written as text. */
function plain(prompt: readonly Message[]): string | readonly Message[] {
  return prompt.length === 1 && prompt[0]!.role === "user" ? prompt[0]!.content : prompt;
}
