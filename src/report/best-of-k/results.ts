/**
 * Methods side by side: the headline share, win rates by value, balance, and every number.
 * @module
 */
import type { BestOfKEvaluation, Measured, MethodResult } from "../../evaluate/types.ts";
import { intervalPlot } from "../charts/interval-plot.ts";
import { matrix } from "../charts/matrix.ts";
import { figure, type KeyEntry } from "../figure.ts";
import { decimal, percent, signedInterval, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Table, table } from "../table.ts";
import { label, listing } from "../text.ts";
import { FAMILY_NAMES, isReal, negate, side } from "../words.ts";
import { type Headline, headline, mainMethods, markOf, methodNamed } from "./measure.ts";

export function results(evaluation: BestOfKEvaluation): Html {
  const measure = headline(evaluation);
  const methods = mainMethods(evaluation, measure);
  return html`${shares(evaluation, methods, measure)}
${winRates(evaluation, methods)}
${evaluation.values.length > 1 && balance(evaluation, methods)}
<details><summary>Every method and every measure (${evaluation.methods.length} methods)</summary>
${table(everything(evaluation, measure))}</details>`;
}

const KEY: KeyEntry[] = [
  { label: "the goal", mark: "dot", colour: "a" },
  { label: "another method", mark: "ring", colour: "b" },
  { label: "for orientation", mark: "ring", colour: "soft" },
];

function shares(evaluation: BestOfKEvaluation, methods: MethodResult[], { of, measure }: Headline): Html {
  const goal = methodNamed(evaluation, evaluation.goalMethod);
  const base = methodNamed(evaluation, evaluation.baseMethod);
  const shown = methods.length < evaluation.methods.length;
  return figure({
    title: sharesTitle(evaluation, methods, of),
    caption: html`Each dot is the ${measure}; the bar is its 95 % interval over prompts, and the dashed line is a response
taken at random. Further right is better. Intervals of two methods may overlap although their paired difference is
clear: see the numbers.${shown && " Of the sweep over weights, equal weights and those with the highest share are shown; the latter were picked after seeing the result."}`,
    alternative: `Dot plot of the ${measure}, by method. ${methods
      .map((method) => `${label(method.name)}: ${withInterval(of(method))}`)
      .join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: methods.map((method) => ({
            label: method.name,
            estimate: of(method),
            group: FAMILY_NAMES[method.family],
            ...markOf(method, evaluation),
          })),
          measure: width < 500 ? "share of prompts" : measure,
          ...(base && { line: { at: of(base).value, label: "at random" } }),
        },
        width,
        alternative,
      ),
    key: KEY,
    numbers: {
      columns: [
        { title: "Method" },
        { title: "What it maximises" },
        { title: "Share", numeric: true },
        { title: "Minus the goal", numeric: true },
      ],
      rows: methods.map((method) => [
        method.name,
        method.describe,
        withInterval(of(method)),
        method === goal ? "" : versus(of(method)),
      ]),
    },
  });
}

function sharesTitle(evaluation: BestOfKEvaluation, methods: MethodResult[], of: Headline["of"]): string {
  const others = methods.filter((method) => isReal(method) && method.name !== evaluation.goalMethod);
  if (others.length === 0) return "The goal was not compared with another method";
  const count = { [-1]: 0, 0: 0, 1: 0 };
  for (const method of others) {
    const { versusGoal } = of(method);
    if (versusGoal !== null) count[side(negate(versusGoal))] += 1;
  }
  return `Of ${others.length} other methods, the goal beats ${count[1]}, is not told apart from ${count[0]}, and loses to ${count[-1]}`;
}

function winRates(evaluation: BestOfKEvaluation, methods: MethodResult[]): Html {
  const names = evaluation.values.map(({ name }) => name);
  const rate = (method: MethodResult, name: string): Measured | undefined => method.winRate[name];
  const goal = methodNamed(evaluation, evaluation.goalMethod);
  return figure({
    title: winRateTitle(goal, names),
    caption:
      "Each cell is how often the chosen response beats another response to the same prompt, drawn at random, in that value; ties count half. Blue is more than one half, vermilion less.",
    alternative: `Table of win rates by method and value. ${
      goal === undefined
        ? ""
        : `The goal: ${names.map((name) => `${label(name)} ${written(rate(goal, name))}`).join(", ")}.`
    }`,
    draw: (width, alternative) =>
      matrix(
        {
          rows: methods.map(({ name }) => name),
          columns: names,
          cells: methods.map((method) => names.map((name) => rate(method, name)?.value ?? null)),
          write: decimal,
          middle: 0.5,
          reach: 0.4,
          columnTitle: "win rate in",
        },
        width,
        alternative,
      ),
    numbers: {
      columns: [{ title: "Method" }, ...names.map((name) => ({ title: label(name), numeric: true }))],
      rows: methods.map((method) => [method.name, ...names.map((name) => written(rate(method, name)))]),
    },
  });
}

function winRateTitle(goal: MethodResult | undefined, names: readonly string[]): string {
  if (goal === undefined) return "Win rates by value";
  const above = names.filter((name) => goal.winRate[name] && side(goal.winRate[name], 0.5) === 1);
  const below = names.filter((name) => goal.winRate[name] && side(goal.winRate[name], 0.5) === -1);
  const parts = [
    above.length > 0 && `raises ${listing(above.map((name) => label(name, 24)))}`,
    below.length > 0 && `lowers ${listing(below.map((name) => label(name, 24)))}`,
    above.length + below.length < names.length &&
      `shows no clear change in ${listing(
        names.filter((name) => !above.includes(name) && !below.includes(name)).map((name) => label(name, 24)),
      )}`,
  ].filter((part) => part !== false);
  return `Choosing for the goal ${listing(parts)}`;
}

function balance(evaluation: BestOfKEvaluation, methods: MethodResult[]): Html {
  const goal = methodNamed(evaluation, evaluation.goalMethod);
  const sum = methodNamed(evaluation, evaluation.equalSumMethod);
  return figure({
    title: balanceTitle(goal, sum),
    caption:
      "The win rate of the value that fares worst under each method, with its 95 % interval. At the dashed line the worst-off value is no better than in a response taken at random; left of it, one value pays for another.",
    alternative: `Dot plot of the least win rate over the values, by method. ${methods
      .map((method) => `${label(method.name)}: ${withInterval(method.worstWinRate)}`)
      .join("; ")}.`,
    draw: (width, alternative) =>
      intervalPlot(
        {
          rows: methods
            .filter(({ family }) => family !== "base")
            .map((method) => ({
              label: method.name,
              estimate: method.worstWinRate,
              group: FAMILY_NAMES[method.family],
              ...markOf(method, evaluation),
            })),
          measure: width < 500 ? "least win rate over the values" : "win rate of the value that fares worst",
          line: { at: 0.5, label: "at random" },
        },
        width,
        alternative,
      ),
    key: KEY,
    numbers: {
      columns: [
        { title: "Method" },
        { title: "Least win rate", numeric: true },
        { title: "Minus the goal", numeric: true },
        { title: "Greatest minus least", numeric: true },
      ],
      rows: methods.map((method) => [
        method.name,
        withInterval(method.worstWinRate),
        versus(method.worstWinRate),
        withInterval(method.winRateGap),
      ]),
    },
  });
}

function balanceTitle(goal?: MethodResult, sum?: MethodResult): string {
  const versusGoal = sum?.worstWinRate.versusGoal;
  if (goal === undefined || versusGoal === null || versusGoal === undefined)
    return "How the worst-off value fares";
  const difference = negate(versusGoal);
  const numbers = signedInterval(difference);
  return {
    1: `The worst-off value fares better under the goal than under the raw sum: ${numbers}`,
    0: `The worst-off value fares alike under the goal and the raw sum: ${numbers}`,
    [-1]: `The worst-off value fares worse under the goal than under the raw sum: ${numbers}`,
  }[side(difference)];
}

function everything(evaluation: BestOfKEvaluation, { of, measure }: Headline): Table {
  const names = evaluation.values.map(({ name }) => name);
  const numeric = (title: string) => ({ title, numeric: true });
  return {
    columns: [
      { title: "Method" },
      { title: "Family" },
      numeric(
        measure === "share of prompts whose choice is good in all values" ? "Good in all" : "Goal true",
      ),
      ...names.flatMap((name) => [
        numeric(`${label(name, 24)}: win rate`),
        numeric(`${label(name, 24)}: good`),
        numeric(`${label(name, 24)}: mean`),
      ]),
      numeric("Mean u (nats)"),
      numeric("KL bound (nats)"),
      numeric("Characters"),
      numeric("Differs from goal"),
      numeric("Tied"),
      { title: "Pareto" },
    ],
    rows: evaluation.methods.map((method) => [
      method.name,
      FAMILY_NAMES[method.family],
      withInterval(of(method)),
      ...names.flatMap((name) => [
        written(method.winRate[name]),
        written(method.good[name]),
        written(method.mean[name]),
      ]),
      withInterval(method.utility),
      decimal(method.klBound),
      withInterval(method.characters, (x) => decimal(x, 0)),
      withInterval(method.differsFromGoal),
      percent(method.tied),
      method.pareto ? "yes" : "no",
    ]),
  };
}

const written = (measured: Measured | undefined): string =>
  measured === undefined ? "" : withInterval(measured);
const versus = ({ versusGoal }: Measured): string => (versusGoal === null ? "" : signedInterval(versusGoal));
