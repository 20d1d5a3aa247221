/**
 * The report on a policy that was aligned step by step.
 * @module
 */
import { stepLine } from "./charts/step-line.ts";
import { facts } from "./facts.ts";
import { figure } from "./figure.ts";
import { decimal, signed, whole } from "./format.ts";
import { type Html, html } from "./html.ts";
import { page, type Section } from "./page.ts";
import { table } from "./table.ts";
import { label, listing, plural } from "./text.ts";

/** Means over rollouts. */
export type RolloutMeans = {
  utility: number;
  kl: { exact: number };
  entropy: number;
  length: number;
  ended: number;
  rewards: Readonly<Record<string, number>>;
};

export type TrainingReportInput = {
  result: {
    algorithm: string;
    goal: string;
    prompts: number;
    steps: number;
    klWeight: number;
    /** Before training, and of the policy as it was written. */
    first: RolloutMeans;
    last: RolloutMeans;
  };
  /** `metrics.jsonl`: one a step. */
  rows: readonly Readonly<Record<string, number>>[];
  settings: Readonly<Record<string, unknown>>;
  /** Last line: versions, command, date; nothing where absent. */
  made?: string;
};

/** A self-contained HTML page on one run of reinforcement learning. Never throws on the content of strings. */
export function trainingReport({ result, rows, settings, made = "" }: TrainingReportInput): string {
  const { algorithm, goal, steps, prompts } = result;
  const values = Object.keys(result.last.rewards);
  const sections = [
    { id: "change", title: "What training changed", body: change(result) },
    {
      id: "utility",
      title: "Utility and KL",
      body: html`${[alongSteps(rows, UTILITY), alongSteps(rows, KL)]}`,
    },
    {
      id: "rewards",
      title: "Each reward",
      body: html`${values.map((value) => alongSteps(rows, rewardOf(value)))}`,
    },
    {
      id: "collapse",
      title: "Signs of collapse",
      body: html`${[ENTROPY, LENGTH].map((each) => alongSteps(rows, each))}`,
    },
    { id: "setup", title: "How it was done", body: setup(result, settings) },
  ] satisfies Section[];
  return page({
    title: `${label(algorithm, 40)} towards “${label(goal, 100)}”`,
    subtitle: `${plural(steps, "step")} on ${plural(prompts, "prompt")}`,
    lead: lead(result, values),
    sections,
    footer: html`${label(made, 300)}`,
  });
}

function lead(
  { first, last, goal, klWeight }: TrainingReportInput["result"],
  values: readonly string[],
): Html[] {
  const moved = values.map(
    (value) => `${label(value, 30)} ${signed((last.rewards[value] ?? 0) - (first.rewards[value] ?? 0))}`,
  );
  return [
    html`The policy was trained to raise u = log p(<bdi>${label(goal, 200)}</bdi>) at a KL weight of ${decimal(klWeight, 3)}.
Mean u went from <b>${decimal(first.utility)}</b> to <b>${decimal(last.utility)}</b> nats, at a KL of
<b>${decimal(last.kl.exact)}</b> nats a response to the reference policy.`,
    html`Mean raw rewards moved by: ${listing(moved)}.`,
    html`These are the rewards that were trained on. They show what training did to its own rewards, not that people would
agree; a frontier or a judge that training never saw is needed for that.`,
  ];
}

function change({ first, last }: TrainingReportInput["result"]): Html {
  const row = (name: string, before: number, after: number) => [
    name,
    decimal(before, 3),
    decimal(after, 3),
    signed(after - before, 3),
  ];
  return html`${table({
    columns: [
      { title: "Mean over rollouts" },
      ...["Before", "After", "Change"].map((title) => ({ title, numeric: true })),
    ],
    rows: [
      row("utility u (nats)", first.utility, last.utility),
      row("KL (nats a response)", first.kl.exact, last.kl.exact),
      row("entropy (nats a token)", first.entropy, last.entropy),
      row("tokens a response", first.length, last.length),
      row("share that ends by itself", first.ended, last.ended),
      ...Object.entries(last.rewards).map(([value, reward]) =>
        row(`reward ${value}`, first.rewards[value] ?? 0, reward),
      ),
    ],
  })}`;
}

type Along = { field: string; name: string; unit: string };

const UTILITY: Along = { field: "utility", name: "utility", unit: "u (nats)" };
const KL: Along = { field: "kl", name: "KL", unit: "nats a response" };
const ENTROPY: Along = { field: "entropy", name: "entropy", unit: "nats a token" };
const LENGTH: Along = { field: "length", name: "length", unit: "tokens a response" };
const rewardOf = (value: string): Along => ({
  field: `reward.${value}`,
  name: `reward ${value}`,
  unit: "raw reward",
});

/** Steps that are drawn at most; of longer runs every n-th. */
const MOST = 400;

function alongSteps(rows: TrainingReportInput["rows"], { field, name, unit }: Along): Html | null {
  const all = rows.flatMap((row) => {
    const [step, value] = [row.step, row[field]];
    return step === undefined || value === undefined ? [] : [{ step, value }];
  });
  const every = Math.ceil(all.length / MOST);
  const found = all.filter((_, i) => i % every === 0 || i === all.length - 1);
  const [start, end] = [found[0], found.at(-1)];
  if (start === undefined || end === undefined) return null;
  const shown = label(name, 40);
  const title = `${shown}: ${decimal(start.value)} in step ${whole(start.step)}, ${decimal(end.value)} in step ${whole(end.step)}`;
  return figure({
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    caption:
      "Mean over the rollouts of a step, of the policy as it was before that step; a step has few of them, so single points jump.",
    alternative: `${shown} at each step: ${decimal(start.value)} at step ${start.step}, ${decimal(end.value)} at step ${end.step}.`,
    draw: (width, alternative) => stepLine({ points: found, yMeasure: unit }, width, alternative),
    numbers: {
      columns: [{ title: "Step" }, { title: unit, numeric: true }],
      rows: found.map(({ step, value }) => [whole(step), decimal(value, 3)]),
    },
  });
}

function setup(
  { algorithm, prompts, steps }: TrainingReportInput["result"],
  settings: TrainingReportInput["settings"],
): Html {
  return facts([
    ["algorithm", algorithm],
    ["steps", whole(steps)],
    ["prompts", whole(prompts)],
    ...Object.entries(settings)
      .filter(([name, value]) => value !== undefined && value !== null && name !== "steps")
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)] as const),
  ]);
}
