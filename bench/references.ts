/**
 * Why LSC AND stands where it stands in the demo world: best-of-k on the base samples of a frontier, with the rewards
 * learned or true, the references relative (quantiles of base samples) or absolute, and every way given the same weights.
 * An absolute reference says where "good" begins: T and r_ref of σ((r − r_ref)/T) are fitted to labels "good or not" of
 * some base samples at the prompts of alignment, apart from those of the comparison, by raters with their usual lapses.
 *
 *   allgood frontier --world demo --seeds 1 --out DIR
 *   npx tsx bench/references.ts --frontier DIR [--seeds 5] [--k 64] [--json]
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  bestOfK,
  globalReference,
  lscSumUtility,
  minUtility,
  type StandardisedValue,
  type Utility,
  utilitiesOf,
  weightedSumUtility,
} from "../src/align/index.ts";
import { table } from "../src/cli/table.ts";
import { crossedMean, drawResamples } from "../src/frontier/crossed-interval.ts";
import { baseSamples, type Experiment, prepareExperiment } from "../src/frontier/index.ts";
import { loadModel, loadTokenizer } from "../src/models/index.ts";
import { LocalPolicy } from "../src/policies/index.ts";
import type { CandidateSet } from "../src/preferences/index.ts";
import { computeReferences, fitAbsoluteReference, type ReferenceOptions } from "../src/rewards/index.ts";
import { allGood, collectLabels, RATERS, VALUES } from "../src/world/index.ts";

const { values: options } = parseArgs({
  options: {
    frontier: { type: "string" },
    seeds: { type: "string", default: "5" },
    k: { type: "string", default: "64" },
    labels: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
  },
});
if (options.frontier === undefined)
  throw new Error("--frontier DIR is needed: a folder written by allgood frontier");
const k = Number(options.k);
const labels = Number(options.labels);
const WEIGHTS = [
  [1, 1, 1, 1],
  [2, 1, 1, 1],
  [1, 2, 1, 1],
  [1, 1, 2, 1],
  [1, 1, 1, 2],
] as const;

/** Rewards of every candidate by prompt, `rewards[prompt][value][candidate]`, with what is known of them. */
type Rewards = {
  align: readonly (readonly Float64Array[])[];
  test: readonly (readonly Float64Array[])[];
  temperatures: readonly number[];
};

const folder = options.frontier;
const base = {
  model: await loadModel(join(folder, "policy")),
  tokenizer: await loadTokenizer(join(folder, "policy")),
};
const policy = new LocalPolicy(base.model, base.tokenizer);
const samples = await baseSamples(
  join(folder, "samples"),
  policy,
  {
    learn: { prompts: 800, samples: 4 },
    align: { prompts: 128, samples: 32 },
    test: { prompts: 128, samples: 64 },
  },
  { seed: 1 },
);
await policy.dispose();

const found = new Map<string, number[][]>();
for (let seed = 1; seed <= Number(options.seeds); seed++) {
  const experiment = await prepareExperiment(base, samples, { seed, pairsPerPrompt: 6, members: 0 });
  const learned = await learnedRewards(experiment);
  for (const [name, rewards] of [
    ["learned", learned],
    ["true", trueRewards()],
  ] as const) {
    for (const [way, utility] of ways(rewards, seed)) {
      const key = `${name}\t${way}`;
      found.set(key, [...(found.get(key) ?? []), shareGood(utility, rewards, experiment)]);
    }
  }
  process.stderr.write(`seed ${seed} done\n`);
}
report();

/** Raw rewards of the learned models, prompt by prompt. */
async function learnedRewards({ rewarder, temperatures }: Experiment): Promise<Rewards> {
  const of = (sets: readonly CandidateSet[]) =>
    Promise.all(
      sets.map(({ prompt, candidates }) =>
        rewarder.score(candidates.map(({ response }) => ({ prompt, response }))),
      ),
    );
  return { align: await of(samples.align), test: await of(samples.test), temperatures };
}

/** What a rater without lapses and weaknesses would say: the slope times the truth. */
function trueRewards(): Rewards {
  const of = (sets: readonly CandidateSet[]) =>
    sets.map(({ candidates }) =>
      VALUES.map((value) =>
        Float64Array.from(candidates, ({ truth }) => RATERS.slope[value] * truth![value]!),
      ),
    );
  return { align: of(samples.align), test: of(samples.test), temperatures: VALUES.map(() => 1) };
}

function* ways(rewards: Rewards, seed: number): Generator<[string, Utility]> {
  const relative = (reference: Omit<ReferenceOptions, "seed" | "otherwise">): StandardisedValue[] =>
    VALUES.map((value, v) => ({
      value,
      temperature: rewards.temperatures[v]!,
      reference: computeReferences(
        [...samples.align, ...samples.test].map(({ promptHash, prompt }, i) => ({
          promptHash,
          prompt,
          rewards: [...rewards.align, ...rewards.test][i]![v]!,
        })),
        { ...reference, seed: 1, otherwise: "error" },
      ).spec,
    }));
  const absolute = absoluteReferences(rewards, seed);
  const references: [string, StandardisedValue[]][] = [
    ...[0.15, 0.5, 0.85, 0.97].map((q): [string, StandardisedValue[]] => [
      `quantile ${q}`,
      relative({ kind: "quantile", q }),
    ]),
    [
      "quantile 0.85, one for all",
      relative({ kind: "quantile", q: 0.85 }).map((value) => ({
        ...value,
        reference: globalReference(value.reference),
      })),
    ],
    ["absolute", absolute],
  ];
  for (const weights of WEIGHTS) {
    yield [
      `raw sum ${weights.join(":")}`,
      weightedSumUtility(VALUES.map((value, v) => ({ value, weight: weights[v]! }))),
    ];
    yield [
      `raw sum/T ${weights.join(":")}`,
      weightedSumUtility(
        VALUES.map((value, v) => ({ value, weight: weights[v]! / rewards.temperatures[v]! })),
      ),
    ];
    for (const [name, values] of references)
      yield [
        `LSC AND ${weights.join(":")}, ${name}`,
        lscSumUtility(values.map((value, v) => ({ ...value, weight: weights[v]! }))),
      ];
  }
  for (const [name, values] of references) yield [`min, ${name}`, minUtility(values)];
}

/** r_ref and T by value such that σ((r − r_ref)/T) says how likely a base sample is labelled good, lapses included. */
function absoluteReferences({ align }: Rewards, seed: number): StandardisedValue[] {
  const at = new Map(samples.align.map(({ promptHash }, p) => [promptHash, p]));
  return VALUES.map((value, v) => {
    const given = collectLabels(samples.align, { value, perPrompt: labels, seed });
    const rewards = given.map(({ promptHash, candidate }) => align[at.get(promptHash)!]![v]![candidate]!);
    const fit = fitAbsoluteReference(
      rewards,
      given.map(({ good }) => good),
    );
    if (fit === undefined) throw new Error(`the reward of ${value} does not rise with its labels`);
    return {
      value,
      temperature: fit.temperature,
      reference: { kind: "fixed", global: fit.reference, otherwise: "global" },
    };
  });
}

/** By prompt, the share of choices truly good in all values, over groups of k that share no sample. */
function shareGood(utility: Utility, { test }: Rewards, experiment: Experiment): number[] {
  return samples.test.map(({ candidates }, p) => {
    const groups = Math.floor(candidates.length / k);
    const rewards = test[p]!.map((column) => column.subarray(0, groups * k));
    const prompts = Array.from({ length: groups }, () => experiment.test[p]!.align);
    const u = utilitiesOf(utility, { prompts, n: k, rewards });
    let good = 0;
    for (let g = 0; g < groups; g++) {
      const { index } = bestOfK(u.subarray(g * k, (g + 1) * k));
      if (allGood(candidates[g * k + index]!.truth!)) good += 1 / groups;
    }
    return good;
  });
}

function report(): void {
  const draws = drawResamples(Number(options.seeds), samples.test.length, { seed: 1, resamples: 2000 });
  const rows = [...found].map(([key, shares]) => {
    const [rewards, way] = key.split("\t") as [string, string];
    const against = found.get(`${rewards}\tLSC AND 1:1:1:1, quantile 0.85`)!;
    const difference = crossedMean(
      shares.map((row, s) => row.map((x, p) => x - against[s]![p]!)),
      draws,
    );
    return { rewards, way, share: crossedMean(shares, draws), difference };
  });
  rows.sort((a, b) =>
    a.rewards === b.rewards ? b.share.value - a.share.value : a.rewards < b.rewards ? -1 : 1,
  );
  if (options.json) {
    console.log(JSON.stringify({ k, seeds: Number(options.seeds), rows }));
    return;
  }
  const text = ({ value, ci95: [low, high] }: { value: number; ci95: readonly number[] }) =>
    `${value.toFixed(3)} [${low!.toFixed(3)}, ${high!.toFixed(3)}]`;
  console.log(
    table(
      ["rewards", "way", `good in all, best of ${k}`, "less LSC AND, quantile 0.85"],
      rows.map(({ rewards, way, share, difference }) => [rewards, way, text(share), text(difference)]),
    ),
  );
}
