import type { BestOfKEvaluation, MethodResult } from "../../evaluate/types.ts";
import type { Estimate } from "../../stats/bootstrap.ts";
import { type TradeOffPoint, tradeOff } from "../charts/trade-off.ts";
import { type Colour, figure, type KeyEntry } from "../figure.ts";
import { decimal, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, plural } from "../text.ts";
import { bestOfSweep, headline, methodNamed } from "./measure.ts";

type Axis = { measure: string; of: (method: MethodResult) => Estimate | undefined };
type Other = TradeOffPoint & { colour: Colour; diamond?: boolean };

/**
 * The raw sum over a sweep of weights. Two values give a curve in the plane of their win rates; more give a cloud in the
 * plane of the worst-off value's win rate and the headline share.
 */
export function tradeOffs(evaluation: BestOfKEvaluation): Html | null {
  const sums = evaluation.methods.filter(
    ({ family, weights }) => family === "raw-sum" && weights !== undefined,
  );
  if (sums.length < 3 || evaluation.values.length < 2) return null;
  return evaluation.values.length === 2 ? curve(evaluation, sums) : cloud(evaluation, sums);
}

function curve(evaluation: BestOfKEvaluation, sums: readonly MethodResult[]): Html {
  const [a, b] = evaluation.values.map(({ name }) => name) as [string, string];
  const axis = (name: string): Axis => ({
    measure: `win rate in ${label(name, 24)}`,
    of: ({ winRate }) => winRate[name],
  });
  const weight = (method: MethodResult) => method.weights?.[a] ?? 0;
  const shown = label(a, 24);
  const sweep = [...sums]
    .sort((one, other) => weight(one) - weight(other))
    .flatMap((method) => point(method, `${decimal(weight(method), 1)} ${shown}`, axis(a), axis(b)));
  const others: Other[] = [
    ...goalPoint(evaluation, axis(a), axis(b)),
    ...point(methodNamed(evaluation, evaluation.equalSumMethod), "equal weights", axis(a), axis(b)).map(
      (each) => ({
        ...each,
        colour: "b" as const,
      }),
    ),
  ];
  return picture({
    sweep,
    others,
    joined: true,
    x: axis(a),
    y: axis(b),
    caption: html`The line is the weighted sum of raw rewards, from all weight on ${label(b, 24)} to all weight on ${shown}. The diamond
is the goal, which has no weight to tune. Crosses are 95 % intervals; up and to the right is better, and the win rate of a
response taken at random is 0.50.`,
    key: [GOAL, { ...EQUAL, label: "raw sum, equal weights" }, { ...SUMS, mark: "line" }],
  });
}

function cloud(evaluation: BestOfKEvaluation, sums: readonly MethodResult[]): Html {
  const lead = headline(evaluation);
  const x: Axis = { measure: "least win rate over the values", of: ({ worstWinRate }) => worstWinRate };
  const y: Axis = { measure: `share: choice ${lead.phrase}`, of: lead.of };
  const best = bestOfSweep(evaluation, lead);
  const equal = methodNamed(evaluation, evaluation.equalSumMethod);
  const marked = (method: MethodResult | undefined, text: string): Other[] =>
    point(method, text, x, y).map((each) => ({ ...each, colour: "b" as const }));
  return picture({
    sweep: sums
      .filter((method) => method !== best && method !== equal)
      .flatMap((method) => point(method, method.name, x, y)),
    others: [
      ...goalPoint(evaluation, x, y),
      ...marked(equal, "equal weights"),
      ...(best === equal ? [] : marked(best, "best weights")),
    ],
    joined: false,
    x,
    y,
    caption: html`Each circle is the weighted sum of raw rewards under other weights, from all on one value to equal; the diamond is
the goal, which has no weight to tune. Crosses are 95 % intervals; up and to the right is better. The best weights were
picked on these very prompts, which favours them.`,
    key: [GOAL, { ...EQUAL, label: "raw sum, equal or best weights" }, SUMS],
  });
}

const GOAL: KeyEntry = { label: "the goal", mark: "diamond", colour: "a" };
const EQUAL: KeyEntry = { label: "", mark: "dot", colour: "b" };
const SUMS: KeyEntry = { label: "raw sum, other weights", mark: "ring", colour: "soft" };

type Picture = {
  sweep: TradeOffPoint[];
  others: Other[];
  joined: boolean;
  x: Axis;
  y: Axis;
  caption: Html;
  key: KeyEntry[];
};

function picture({ sweep, others, joined, x, y, caption, key }: Picture): Html {
  const written = (each: TradeOffPoint) =>
    `${each.label}: ${withInterval(each.x)} across, ${withInterval(each.y)} up`;
  return figure({
    title: verdict(joined ? sweep : [...sweep, ...others.slice(1)], others[0]),
    caption,
    alternative: `${joined ? "Curve" : "Dots"} of ${y.measure} against ${x.measure}. ${[...others, ...sweep].map(written).join("; ")}.`,
    draw: (width, alternative) =>
      tradeOff({ sweep, others, joined, xMeasure: x.measure, yMeasure: y.measure }, width, alternative),
    key,
    numbers: {
      columns: [
        { title: "Method" },
        { title: x.measure, numeric: true },
        { title: y.measure, numeric: true },
      ],
      rows: [...others, ...sweep].map((each) => [each.label, withInterval(each.x), withInterval(each.y)]),
    },
  });
}

function point(method: MethodResult | undefined, text: string, x: Axis, y: Axis): TradeOffPoint[] {
  const across = method && x.of(method);
  const up = method && y.of(method);
  return across && up ? [{ label: text, x: across, y: up }] : [];
}

function goalPoint(evaluation: BestOfKEvaluation, x: Axis, y: Axis): Other[] {
  return point(methodNamed(evaluation, evaluation.goalMethod), "the goal", x, y).map((each) => ({
    ...each,
    colour: "a" as const,
    diamond: true,
  }));
}

/** Where the goal lies against the sums, by the estimates alone. */
function verdict(sums: readonly TradeOffPoint[], goal: TradeOffPoint | undefined): string {
  if (goal === undefined) return "What each weight buys and costs";
  const better = sums.filter(({ x, y }) => x.value >= goal.x.value && y.value >= goal.y.value).length;
  const worse = sums.filter(({ x, y }) => x.value <= goal.x.value && y.value <= goal.y.value).length;
  const of = plural(sums.length, "set of weights", "sets of weights");
  return better === 0
    ? `No set of weights matches the goal on both axes; the goal matches ${worse} of ${of} (estimates, not intervals)`
    : `${better} of ${of} match the goal on both axes; the goal matches ${worse} (estimates, not intervals)`;
}
