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
  { title: "entropy", note: "nats a token", has: (name) => name === "entropy" },
];

/** The panels of a run's rows: only what the rows have. */
export function panelsOf(rows: readonly MetricsRow[]): Panel[] {
  const names = [...new Set(rows.flatMap(Object.keys))].filter((name) => name !== "step");
  const grouped = GROUPS.map(({ title, note, has }) => ({ title, note, names: names.filter(has) }));
  const taken = new Set(grouped.flatMap((group) => group.names));
  const others = names
    .filter((name) => !taken.has(name))
    .map((name) => ({ title: name, note: undefined, names: [name] }));
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
