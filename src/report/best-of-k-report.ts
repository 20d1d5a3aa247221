import type { Evaluation } from "../evaluate/types.ts";
import type { ObjectiveFile } from "../objective/index.ts";
import { binding } from "./best-of-k/binding.ts";
import { distributions } from "./best-of-k/distributions.ts";
import { examples, type PromptExample } from "./best-of-k/examples.ts";
import { lead, subtitle } from "./best-of-k/lead.ts";
import { limits } from "./best-of-k/limits.ts";
import { probes } from "./best-of-k/probes.ts";
import { results } from "./best-of-k/results.ts";
import { setup } from "./best-of-k/setup.ts";
import { tradeOffs } from "./best-of-k/trade-off.ts";
import { type CandidatePoint, utilities } from "./best-of-k/utilities.ts";
import { html } from "./html.ts";
import { page, type Section } from "./page.ts";
import { calibrations, coverages } from "./reward-calibration.ts";
import { accuracies, crossings } from "./reward-section.ts";
import { type Crossing, coverageOf, type RewardEvaluation } from "./reward-types.ts";
import { label } from "./text.ts";

export type BestOfKReportInput = {
  /** `Best of k for “<goal>”` where absent. */
  title?: string;
  evaluation: Evaluation;
  objective?: ObjectiveFile;
  /** Quality of the rewards that chose. */
  rewards?: readonly RewardEvaluation[];
  crossing?: readonly Crossing[];
  /** Any number; the 50 with the greatest gain in u are shown. */
  examples?: readonly PromptExample[];
  /** One a candidate, for the picture of u against the raw sum; at most 1,500 are drawn. */
  candidates?: readonly CandidatePoint[];
  /** Last line: versions, command, date; nothing where absent. */
  made?: string;
};

/** A self-contained HTML page on one best-of-k run. Never throws on the content of strings. */
export function bestOfKReport(input: BestOfKReportInput): string {
  const { evaluation, objective, rewards = [], crossing = [], made = "" } = input;
  const { bestOfK } = evaluation;
  const quality = [
    accuracies(rewards),
    crossings(crossing),
    calibrations(rewards),
    coverages(objective === undefined ? [] : coverageOf(objective)),
  ].filter((part) => part !== null);
  const sections = [
    { id: "results", title: "What choosing changed", body: results(bestOfK) },
    { id: "trade-off", title: "Against tuning weights", body: tradeOffs(bestOfK) },
    { id: "limits", title: "Where LSC does not help", body: limits(bestOfK, evaluation.sensitivity) },
    {
      id: "distributions",
      title: "Each value before and after",
      body: distributions(evaluation.distributions),
    },
    { id: "utility", title: "Utility against the raw sum", body: utilities(input.candidates ?? []) },
    { id: "binding", title: "What holds the choices back", body: binding(evaluation.binding) },
    { id: "probes", title: "Signs of reward hacking", body: probes(evaluation.probes) },
    {
      id: "rewards",
      title: "How good the rewards are",
      body: quality.length === 0 ? null : html`${quality}`,
    },
    { id: "examples", title: "Examples", body: examples(input.examples ?? [], bestOfK.goalMethod) },
    { id: "setup", title: "How it was done", body: setup(bestOfK, objective) },
  ].filter((section): section is Section => section.body !== null);
  return page({
    title: input.title ?? `Best of ${bestOfK.candidates.most} for “${label(bestOfK.goal, 100)}”`,
    subtitle: subtitle(bestOfK),
    lead: lead(bestOfK),
    sections,
    footer: html`${label(made, 300)}`,
  });
}
