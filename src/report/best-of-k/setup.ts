import type { BestOfKEvaluation, JudgedValue } from "../../evaluate/types.ts";
import type { ObjectiveFile } from "../../objective/index.ts";
import { facts, notes } from "../facts.ts";
import { decimal, whole } from "../format.ts";
import { type Html, html } from "../html.ts";
import { describeReference, objectiveView } from "../objective-view.ts";
import { table } from "../table.ts";
import { plural } from "../text.ts";

const JUDGES: Record<JudgedValue["judgedBy"], string> = {
  truth: "true values in the data",
  judge: "a separate reward model",
  "same-rewards": "the reward that chose (optimistic)",
};

const DIRECTIONS: Record<JudgedValue["direction"], string> = {
  more: "more",
  less: "less",
  mixed: "both ways",
};

/** Data, values, judges, seeds: what a reader needs to do it again. */
export function setup(evaluation: BestOfKEvaluation, objective: ObjectiveFile | undefined): Html {
  const { prompts, candidates, values } = evaluation;
  return html`${notes(evaluation.notes)}
${facts([
  ["goal", html`<code><bdi>${evaluation.goal}</bdi></code>`],
  [
    "LSC",
    "the goal's transform of each reward: log σ(z), z = (reward − reference)/T; values joined by “and” are added, so that the lowest one weighs most",
  ],
  [
    "prompts",
    `${whole(prompts.evaluated)} evaluated of ${whole(prompts.given)} given; ${whole(prompts.single)} with one response left out; ${
      prompts.seen === null
        ? "not known how many were seen in training"
        : `${whole(prompts.seen)} were seen in training${prompts.onlySeen ? " and used all the same: optimistic" : " and left out"}`
    }`,
  ],
  [
    "responses",
    `${whole(candidates.total)} in all, ${candidates.fewest} to ${candidates.most} a prompt (mean ${decimal(candidates.mean, 1)})`,
  ],
  ["ties", evaluation.tieRule],
  [
    "intervals",
    `95 %, ${plural(evaluation.resamples, "bootstrap resample")} of prompts, seed ${evaluation.seed}; differences are paired`,
  ],
  ...(objective === undefined ? [] : ([["objective", html`<code>${objective.hash}</code>`]] as const)),
])}
${table({
  columns: [
    { title: "Value" },
    { title: "The goal wants" },
    { title: "Judged by" },
    { title: "Mean is in" },
    { title: "T", numeric: true },
    { title: "Reference" },
  ],
  rows: values.map(({ name, direction, judgedBy, unit, temperature }) => {
    const reference = objective?.values[name]?.reference;
    return [
      name,
      DIRECTIONS[direction],
      JUDGES[judgedBy],
      unit,
      decimal(temperature, 3),
      reference === undefined ? "" : describeReference(reference),
    ];
  }),
})}
${objective !== undefined && objectiveView(objective)}`;
}
