import type { MetricsRow } from "../../../../serve/studio/types.ts";

export type Panel = {
  title: string;
  /** What a step's number is. */
  note?: string;
  series: { name: string; points: { step: number; value: number }[] }[];
};

/** Which numbers stand in one picture, in the order of the pictures; every other number has a picture of its own. */
const GROUPS: { title: string; note?: string; has(name: string): boolean }[] = [
  { title: "utility", note: "mean log p(goal) of a step's responses", has: (name) => name === "utility" },
  { title: "loss", has: (name) => name === "loss" },
  { title: "held-out loss", has: (name) => name === "heldOutLoss" || name === "heldOut" },
  { title: "rewards", note: "mean raw reward by value", has: (name) => name.startsWith("reward.") },
  {
    title: "KL to the reference",
    note: "nats a response: exact, and three estimates of it",
    has: (name) => name === "kl" || name.startsWith("kl."),
  },
  {
    title: "entropy",
    note: "nats a token; near 0 the policy says one thing only",
    has: (name) => name === "entropy",
  },
];

/** What else our commands write, in words. */
const WORDS: Readonly<Record<string, { title: string; note?: string }>> = {
  length: { title: "length", note: "tokens a response" },
  ended: { title: "ended by itself", note: "share of responses that end before the limit of tokens" },
  gradientNorm: { title: "gradient norm", note: "before clipping; a jump is a warning" },
  clipFraction: { title: "clipped", note: "share of tokens at which the clip held a step back" },
  updateKl: { title: "KL of an update", note: "nats a token, from the policy that sampled" },
  valueLoss: { title: "value loss", note: "clipped squared error of the value head" },
  explainedVariance: {
    title: "explained variance",
    note: "of the value head: 1 is all of it, 0 or less no better than a constant",
  },
  klWeight: { title: "KL weight γ", note: "how much a nat of KL costs" },
  learningRate: { title: "learning rate" },
  tokensPerSecond: { title: "tokens a second" },
};

/** The panels of a run's rows: only what the rows have. */
export function panelsOf(rows: readonly MetricsRow[]): Panel[] {
  const names = [...new Set(rows.flatMap(Object.keys))].filter((name) => name !== "step");
  const grouped = GROUPS.map(({ title, note, has }) => ({ title, note, names: names.filter(has) }));
  const taken = new Set(grouped.flatMap((group) => group.names));
  const others = names
    .filter((name) => !taken.has(name))
    .map((name) => ({ note: undefined, ...(WORDS[name] ?? { title: name }), names: [name] }));
  return [...grouped, ...others]
    .filter((group) => group.names.length > 0)
    .map(({ title, note, names: own }) => ({
      title,
      ...(note !== undefined && { note }),
      series: own.map((name) => ({ name, points: pointsOf(rows, name) })),
    }));
}

/** One number over the steps, where a row has it. */
export function pointsOf(rows: readonly MetricsRow[], name: string) {
  return rows.flatMap((row) => {
    const [step, value] = [row.step, row[name]];
    return step === undefined || value === undefined ? [] : [{ step, value }];
  });
}

/** Exponential moving average with bias correction, as TensorBoard draws it; weight 0 is the numbers themselves. */
export function smoothed(
  points: Panel["series"][number]["points"],
  weight: number,
): Panel["series"][number]["points"] {
  let sum = 0;
  let mass = 0;
  return points.map(({ step, value }) => {
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return { step, value: sum / mass };
  });
}
