import { beforeAll, describe, expect, test } from "vitest";
import { utilitiesOf } from "../align/index.ts";
import { quantile } from "../objective/index.ts";
import { allGood, VALUES } from "../world/index.ts";
import { bestOfKSweep } from "./best-of-k-sweep.ts";
import { CONTENDERS, LSC_AND } from "./contenders.ts";
import type { Experiment } from "./experiment.ts";
import { SAMPLES, smallExperiment } from "./small-experiment.fixture.ts";
import type { FrontierRow } from "./types.ts";

let experiment: Experiment;
let rows: FrontierRow[];
beforeAll(async () => {
  experiment = await smallExperiment();
  rows = bestOfKSweep(experiment, [2, SAMPLES]);
});

const rowOf = (method: string, k: number) =>
  rows.find((row) => row.method === method && row.setting.kind === "best-of-k" && row.setting.k === k)!;
const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** The index of the best of some samples of a prompt. */
function bestBy(of: (p: number, i: number) => number, p: number, from = 0, to = SAMPLES): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if (of(p, i) > of(p, best)) best = i;
  return best;
}
const reward = (p: number, v: number, i: number): number => experiment.test[p]!.rewards[v]![i]!;
const rawSum = (p: number, i: number): number => mean(VALUES.map((_, v) => reward(p, v, i)));
/** Σ log σ((r − r_ref)/T), with the 85 % quantile of the prompt's own samples. */
const lscSum = (p: number, i: number): number =>
  -VALUES.reduce((sum, _, v) => {
    const reference = quantile([...experiment.test[p]!.rewards[v]!], 0.85);
    return sum + Math.log1p(Math.exp(-(reward(p, v, i) - reference) / experiment.temperatures[v]!));
  }, 0);
const truthOf = (p: number, i: number) => experiment.test[p]!.set.candidates[i]!.truth!;

describe("best of k", () => {
  test("has the base, and each way at each k, with the bound of its KL", () => {
    const chosenBy = CONTENDERS.filter(({ rlOnly }) => rlOnly !== true);
    expect(rows).toHaveLength(1 + 2 * chosenBy.length);
    expect(rows[0]).toMatchObject({ method: "base", setting: { kind: "best-of-k", k: 1 }, kl: 0, seed: 2 });
    for (const { method } of chosenBy) expect(rowOf(method, 2).kl).toBeCloseTo(Math.LN2 - 0.5, 12);
  });

  test("of k = 1 is the plain mean over the base samples", () => {
    const base = rowOf("base", 1);
    const truths = experiment.test.flatMap(({ set }) => set.candidates.map(({ truth }) => truth!));
    expect(base.allGood).toBeCloseTo(mean(truths.map((truth) => Number(allGood(truth)))), 12);
    for (const value of VALUES) {
      expect(base.trueValues[value]).toBeCloseTo(mean(truths.map((truth) => truth[value]!)), 12);
      expect(base.proxy[value]).toBeCloseTo(0.5, 12);
      expect(base.trueWins[value]).toBeCloseTo(0.5, 12);
    }
  });

  test.each([
    ["raw sum 1:1:1:1", rawSum],
    [LSC_AND, lscSum],
  ])("of all samples by %s takes the one that is best by it", (method, utility) => {
    const chosen = experiment.test.map((_, p) => truthOf(p, bestBy(utility, p)));
    const row = rowOf(method, SAMPLES);
    expect(row.byPrompt).toEqual(chosen.map((truth) => Number(allGood(truth))));
    for (const value of VALUES)
      expect(row.trueValues[value]).toBeCloseTo(mean(chosen.map((truth) => truth[value]!)), 12);
  });

  test("of two is over three pairs that share no sample", () => {
    const chosen = experiment.test.map((_, p) =>
      [0, 2, 4].map((from) => truthOf(p, bestBy(rawSum, p, from, from + 2))),
    );
    const row = rowOf("raw sum 1:1:1:1", 2);
    for (const value of VALUES)
      expect(row.trueValues[value]).toBeCloseTo(
        mean(chosen.flatMap((some) => some.map((truth) => truth[value]!))),
        12,
      );
  });

  test("of more samples is better by the learned rewards that it goes by", () => {
    const proxy = (k: number) => mean(Object.values(rowOf("raw sum 1:1:1:1", k).proxy));
    expect(proxy(2)).toBeGreaterThan(0.5);
    expect(proxy(SAMPLES)).toBeGreaterThan(proxy(2));
  });
});

describe("contenders", () => {
  test("have names of their own, LSC AND among them", () => {
    const names = CONTENDERS.map(({ method }) => method);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(LSC_AND);
  });

  test.each(CONTENDERS.map((contender) => [contender.method, contender] as const))(
    "%s: finite on base samples, and not the same for all of them",
    (_, { utility, ensemble }) => {
      const columns = VALUES.map((_, v) =>
        Float64Array.from(
          experiment.test.flatMap((each) => [...(ensemble ? each.ensembleRewards : each.rewards)[v]!]),
        ),
      );
      const u = utilitiesOf(utility(ensemble ? experiment.ensembleStatistics : experiment.statistics), {
        prompts: experiment.test.map(({ align }) => align),
        n: SAMPLES,
        rewards: columns,
      });
      expect(u).toHaveLength(experiment.test.length * SAMPLES);
      expect(u.every(Number.isFinite)).toBe(true);
      expect(new Set(u).size).toBeGreaterThan(SAMPLES);
    },
  );

  test("LSC AND is log p(good in all values): never above 0, and highest where every reward is", () => {
    const { utility } = CONTENDERS.find(({ method }) => method === LSC_AND)!;
    const [first] = experiment.test;
    const sorted = first!.rewards.map((column) => Float64Array.from(column).sort());
    const u = utility(experiment.statistics).utilities({
      prompts: [first!.align],
      n: SAMPLES,
      rewards: sorted,
    });
    expect(Math.max(...u)).toBeLessThanOrEqual(0);
    expect([...u]).toEqual([...u].sort((a, b) => a - b));
    const byHand = VALUES.map((_, v) => {
      const reference = quantile([...first!.rewards[v]!], 0.85);
      const z = (sorted[v]![SAMPLES - 1]! - reference) / experiment.temperatures[v]!;
      return -Math.log1p(Math.exp(-z));
    });
    expect(u[SAMPLES - 1]).toBeCloseTo(
      byHand.reduce((sum, x) => sum + x, 0),
      9,
    );
  });
});
