import { facts } from "./facts.ts";
import { decimal, withInterval } from "./format.ts";
import { type Html, html } from "./html.ts";
import { page, type Section } from "./page.ts";
import { calibrations, coverages } from "./reward-calibration.ts";
import { accuracies, beatsLength, benchmarks, crossings, estimate, lengthStrata } from "./reward-section.ts";
import type { BenchmarkRow, Crossing, ReferenceCoverage, RewardEvaluation } from "./reward-types.ts";
import { label, listing, plural } from "./text.ts";

export type RewardReportInput = {
  /** `Reward models of helpful and harmless` where absent. */
  title?: string;
  models: readonly RewardEvaluation[];
  /** Each value's model on each value's held-out pairs, itself included. */
  crossing?: readonly Crossing[];
  coverage?: readonly ReferenceCoverage[];
  /** Results on data in RewardBench form. */
  benchmark?: readonly BenchmarkRow[];
  /** Last line: versions, command, date; nothing where absent. */
  made?: string;
};

/** A self-contained HTML page on the quality of one or several reward models. Never throws on the content of strings. */
export function rewardReport(input: RewardReportInput): string {
  const { models, crossing = [], coverage = [], benchmark = [], made = "" } = input;
  const names = [...new Set(models.map(({ value }) => label(value, 30)))];
  const sections = [
    { id: "accuracy", title: "Are they right?", body: accuracies(models) },
    { id: "length", title: "Do they know more than length?", body: lengthStrata(models) },
    { id: "crossing", title: "Do the values pull apart?", body: crossings(crossing) },
    { id: "calibration", title: "Do their probabilities mean what they say?", body: calibrations(models) },
    { id: "references", title: "Are references for unseen prompts right?", body: coverages(coverage) },
    { id: "benchmark", title: "Benchmark", body: benchmarks(benchmark) },
    { id: "models", title: "The models", body: models.length === 0 ? null : html`${models.map(oneModel)}` },
  ].filter((section): section is Section => section.body !== null);
  return page({
    title: input.title ?? `${models.length === 1 ? "Reward model" : "Reward models"} of ${listing(names)}`,
    subtitle: `${plural(models.length, "model")}; intervals at the 95 % level`,
    lead: lead(models, crossing),
    sections,
    footer: html`${label(made, 300)}`,
  });
}

function lead(models: readonly RewardEvaluation[], crossing: readonly Crossing[]): Html[] {
  if (models.length === 0) return [html`There is no model to report on.`];
  const each = models.map(
    ({ value, heldOut, lengthBaseline }) =>
      `${label(value, 30)} ${withInterval(estimate(heldOut))}${lengthBaseline === undefined ? "" : ` (length alone ${decimal(lengthBaseline.accuracy)})`}`,
  );
  const beaten = models.filter((model) => model.lengthBaseline !== undefined && !beatsLength(model));
  const apart = crossing.filter(({ model, pairsOf, ci95 }) => model !== pairsOf && ci95[1] < 0.5);
  const calibrated = models.filter(({ calibration }) => calibration !== undefined);
  return [
    html`${models.length === 1 ? "A reward model was" : `${models.length} reward models were`} judged on pairs of responses that
training never saw: how often does the one that people preferred get the higher reward?`,
    html`Accuracy: <b>${each.join("; ")}</b>.${
      beaten.length > 0 &&
      ` Not clearly better than length alone: ${listing(beaten.map(({ value }) => label(value, 30)))}.`
    }${
      apart.length > 0 &&
      ` The values conflict: ${listing(apart.map(({ model, pairsOf }) => `the model of ${label(model, 30)} is below a coin on pairs of ${label(pairsOf, 30)}`))}.`
    }`,
    calibrated.length > 0 &&
      html`Calibration error before and after the temperature was fitted: ${calibrated
        .map(
          ({ value, calibration }) =>
            `${label(value, 30)} ${decimal(calibration!.eceBefore, 3)} → ${decimal(calibration!.eceAfter, 3)}`,
        )
        .join("; ")}.`,
  ].filter((sentence) => sentence !== false);
}

function oneModel({ model, value, heldOut, calibration, facts: more = {} }: RewardEvaluation): Html {
  return html`<h3><bdi>${label(value)}</bdi></h3>
${facts([
  ["model", model],
  ["held-out pairs", heldOut.pairs.toLocaleString("en-US")],
  ["accuracy", withInterval(estimate(heldOut))],
  ...(calibration === undefined
    ? []
    : ([
        ["temperature", decimal(calibration.temperature, 3)],
        ["calibration error", `${decimal(calibration.eceBefore, 3)} → ${decimal(calibration.eceAfter, 3)}`],
      ] as const)),
  ...Object.entries(more).map(([name, fact]) => [name, String(fact)] as const),
])}`;
}
