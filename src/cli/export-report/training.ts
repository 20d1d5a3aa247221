/**
 * A run of `align` over steps, from `run.json` and `metrics.jsonl`.
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../io/errors.ts";
import { decimal, signed } from "../../report/format.ts";
import { trainingReport } from "../../report/index.ts";
import { readMetrics } from "../../serve/studio/metrics-file.ts";
import { readChecked } from "../../serve/studio/run-file.ts";
import { type Measure, of, type RunSummary } from "./summary.ts";

const rollouts = z.looseObject({
  utility: z.number(),
  kl: z.looseObject({ exact: z.number() }),
  entropy: z.number(),
  length: z.number(),
  ended: z.number(),
  rewards: z.record(z.string(), z.number()),
});
const setting = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const schema = z.looseObject({
  command: z.string(),
  settings: z.record(z.string(), setting.optional()),
  versions: z.looseObject({ allgood: z.string() }),
  result: z
    .looseObject({
      algorithm: z.string(),
      goal: z.string(),
      prompts: z.number(),
      steps: z.number(),
      klWeight: z.number(),
      first: rollouts,
      last: rollouts,
    })
    .optional(),
});

type Result = NonNullable<z.output<typeof schema>["result"]>;

export async function trainingSummary(folder: string): Promise<RunSummary> {
  const file = join(folder, "run.json");
  const { settings, versions, result } = await readChecked(file, schema);
  if (result === undefined) {
    throw new InputError({ problem: "this run is not finished", file, fix: "Go on with it by --resume" });
  }
  const { rows } = await readMetrics(join(folder, "metrics.jsonl"));
  const { algorithm, goal, prompts, steps, klWeight, first, last } = result;
  return {
    kind: "rl",
    title: `${algorithm} towards ${goal}: u ${signed(last.utility - first.utility)} at a KL of ${decimal(last.kl.exact)} nats`,
    goal,
    facts: [
      ["algorithm", algorithm],
      ["steps", String(steps)],
      ["prompts", String(prompts)],
      ["KL weight", String(Number(klWeight.toPrecision(4)))],
      ["allgood", versions.allgood],
    ],
    measures: measuresOf(result),
    table: tableOf(result),
    warnings: warningsOf(result),
    html: () => trainingReport({ result, rows, settings, made: `allgood ${versions.allgood}` }),
  };
}

function measuresOf({ first, last, steps, prompts }: Result): Measure[] {
  return [
    { name: "utility", value: last.utility, about: "mean u = log p(goal) of the policy as written, in nats" },
    { name: "utility_gain", value: last.utility - first.utility, about: "utility less that before training" },
    { name: "kl", value: last.kl.exact, about: "KL to the reference policy, in nats a response" },
    { name: "entropy", value: last.entropy, about: "nats a token" },
    { name: "length", value: last.length, about: "tokens a response" },
    {
      name: "length_ratio",
      value: last.length / Math.max(first.length, 1),
      about: "length over that before training",
    },
    { name: "ended", value: last.ended, about: "share of responses that end by themselves" },
    ...Object.entries(last.rewards).map(([value, reward]) => ({
      name: of("reward", value),
      value: reward,
      about: "mean raw reward",
    })),
    ...Object.entries(last.rewards).map(([value, reward]) => ({
      name: of("reward_gain", value),
      value: reward - (first.rewards[value] ?? 0),
      about: "mean raw reward less that before training",
    })),
    { name: "steps", value: steps, about: "steps done" },
    { name: "prompts", value: prompts, about: "prompts trained on" },
  ];
}

function tableOf({ first, last }: Result): RunSummary["table"] {
  const row = (name: string, before: number, after: number) => [
    name,
    decimal(before, 3),
    decimal(after, 3),
    signed(after - before, 3),
  ];
  return {
    header: ["", "before", "after", "change"],
    rows: [
      row("utility u", first.utility, last.utility),
      row("KL (nats a response)", first.kl.exact, last.kl.exact),
      row("entropy (nats a token)", first.entropy, last.entropy),
      row("tokens a response", first.length, last.length),
      ...Object.entries(last.rewards).map(([value, reward]) =>
        row(`reward ${value}`, first.rewards[value] ?? 0, reward),
      ),
    ],
  };
}

/** The rewards that were trained on judge here, so that a gain may be hacking. */
function warningsOf({ first, last }: Result): string[] {
  const fell = Object.entries(last.rewards).filter(
    ([value, reward]) => reward < (first.rewards[value] ?? reward),
  );
  return [
    "Utility and rewards are those that were trained on: a gain here is no proof that people would agree.",
    ...(fell.length === 0 ? [] : [`Fell in training: ${fell.map(([value]) => value).join(", ")}.`]),
    ...(last.length > 1.5 * first.length ? ["Responses grew by more than half: look for padding."] : []),
    ...(last.ended < 0.5 * first.ended ? ["Fewer than half as many responses end by themselves."] : []),
  ];
}
