/** What a training run changed, read from its result or, while it goes on, from its steps. @module */
import type { MetricsRow } from "../../../../serve/studio/types.ts";

/** One number before and after. */
export type Changed = { name: string; before: number; after: number };

type Facts = Readonly<Record<string, unknown>>;

const NAMES: readonly (readonly [path: string, name: string])[] = [
  ["utility", "u = log p(goal), nats"],
  ["kl.exact", "KL, nats a response"],
  ["entropy", "entropy, nats a token"],
  ["length", "tokens a response"],
  ["ended", "share that ends by itself"],
];

/** Of a run of reinforcement learning that is done: means over rollouts before training, and of the policy as written. */
export function changeOf({ first, last }: Facts): Changed[] {
  const rewards = Object.keys(record(record(last).rewards)).map(
    (value) => [`rewards.${value}`, `reward ${value}`] as const,
  );
  return [...NAMES, ...rewards].flatMap(([path, name]) => both(name, at(first, path), at(last, path)));
}

/** Of a run that goes on, the mean over its first step's rollouts and its last one's. */
export function changeSoFar(rows: readonly MetricsRow[], field: string, name: string): Changed[] {
  const found = rows.flatMap((row) => row[field] ?? []);
  return found.length < 2 ? [] : both(name, found[0], found.at(-1));
}

/** Of a language model's run: the loss on what it was not trained on. */
export function heldOutChange({ heldOut }: Facts): Changed[] {
  const { lossBefore, lossAfter } = record(heldOut);
  return both("held-out loss, nats a token", lossBefore, lossAfter);
}

const both = (name: string, before: unknown, after: unknown): Changed[] =>
  typeof before === "number" && typeof after === "number" ? [{ name, before, after }] : [];

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** A value's name may hold a dot: only the first one parts the path. */
function at(facts: unknown, path: string): unknown {
  const dot = path.indexOf(".");
  return dot < 0 ? record(facts)[path] : record(record(facts)[path.slice(0, dot)])[path.slice(dot + 1)];
}
