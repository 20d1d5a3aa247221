/**
 * Scale, shift, saturation and length bias of one raw reward column.
 * @module
 */
import { quantile } from "../objective/index.ts";
import { moments } from "../stats/moments.ts";
import type { ColumnAudit, LengthAudit } from "./audit-types.ts";
import { columnWarnings } from "./audit-warnings.ts";
import { difference, expectation, highest } from "./choice.ts";
import { histogram } from "./distributions.ts";
import { centredRanks, ranksWithin, spearman, spearmanWithin } from "./ranks.ts";
import { estimate, type Resampler } from "./resample.ts";
import type { ScoreGroup, ScoreTable } from "./score-table.ts";
import { concat } from "./scored-set.ts";
import { characters } from "./text-measures.ts";

const LEVELS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const BINS = 30;

/** Bootstraps over all prompts, and over those with two candidates or more (null if there are none). */
export type Resamplers = { all: Resampler; ranked: Resampler | null };

export function auditColumn(table: ScoreTable, v: number, resamplers: Resamplers): ColumnAudit {
  const rewards = concat(table.groups.map((group) => group.rewards[v]!));
  const ranked = table.groups.filter(({ lines }) => lines.length > 1);
  const { mean, std } = moments(rewards);
  const [min, max] = [quantile(rewards, 0), quantile(rewards, 1)];
  const column: Omit<ColumnAudit, "warnings"> = {
    name: table.columns[v]!,
    mean,
    std,
    min,
    max,
    quantiles: LEVELS.map((q) => ({ q, value: quantile(rewards, q) })),
    histogram: histogramOf(rewards, min, max),
    withinStd: withinStd(ranked, v),
    betweenStd: moments(table.groups.map((group) => moments(group.rewards[v]!).mean)).std,
    saturation: saturation(rewards, ranked, v, min, max),
    length: table.hasResponses ? lengthAudit(table, rewards, ranked, v, resamplers) : null,
  };
  return { ...column, warnings: columnWarnings(column, rewards.length) };
}

/**
 * Root mean square of the within-prompt standard deviation (n, not n − 1), over prompts with two candidates or more; 0
 * if there are none.
 */
export function withinStd(ranked: readonly ScoreGroup[], v: number): number {
  if (ranked.length === 0) return 0;
  const squares = ranked.reduce((sum, group) => sum + moments(group.rewards[v]!).std ** 2, 0);
  return Math.sqrt(squares / ranked.length);
}

function histogramOf(rewards: Float64Array, min: number, max: number): ColumnAudit["histogram"] {
  const mass = new Float64Array(rewards.length).fill(1 / rewards.length);
  const step = (max - min) / BINS;
  // a spread that is lost in the rounding of the edges is drawn as none
  if (!(min + step > min)) return { edges: [min - 0.5, min + 0.5], shares: [1] };
  const edges = Array.from({ length: BINS + 1 }, (_, i) => (i === BINS ? max : min + step * i));
  return { edges, shares: histogram(rewards, mass, edges).shares };
}

function saturation(
  rewards: Float64Array,
  ranked: readonly ScoreGroup[],
  v: number,
  min: number,
  max: number,
): ColumnAudit["saturation"] {
  const counts = new Map<number, number>();
  // −0 and 0 are one level, as for a Map
  for (const reward of rewards) counts.set(reward, (counts.get(reward) ?? 0) + 1);
  const [value, count] = [...counts].reduce((a, b) =>
    b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a,
  );
  const share = (of: (column: Float64Array) => boolean) =>
    ranked.length === 0 ? 0 : ranked.filter((group) => of(group.rewards[v]!)).length / ranked.length;
  return {
    distinct: counts.size,
    mostCommon: { value, share: count / rewards.length },
    atMin: counts.get(min)! / rewards.length,
    atMax: counts.get(max)! / rewards.length,
    tiedBest: share((column) => typeof highest(column) !== "number"),
    allEqual: share((column) => column.every((reward) => reward === column[0])),
  };
}

function lengthAudit(
  table: ScoreTable,
  rewards: Float64Array,
  ranked: readonly ScoreGroup[],
  v: number,
  resamplers: Resamplers,
): LengthAudit {
  const sizes = table.groups.map(({ lines }) => lines.length);
  const lengths = concat(table.groups.map(({ responses }) => Float64Array.from(responses, characters)));
  const overall = spearman(centredRanks(rewards), centredRanks(lengths), sizes, resamplers.all);
  if (resamplers.ranked === null) return { overall, within: null, bestIsLongest: null, chance: null };
  const some = ranked.map(({ lines }) => lines.length);
  const own = ranked.map(({ responses }) => Float64Array.from(responses, characters));
  const same = ranked.map((group, i) => {
    const [best, longest] = [highest(group.rewards[v]!), highest(own[i]!)];
    return 1 - difference(best, longest, some[i]!);
  });
  return {
    overall,
    within: spearmanWithin(
      ranksWithin(concat(ranked.map((group) => group.rewards[v]!)), some),
      ranksWithin(concat(own), some),
      some,
      resamplers.ranked,
    ),
    bestIsLongest: estimate(resamplers.ranked.mean(same)),
    chance: expectation(
      new Float64Array(some.length).fill(1 / some.length),
      some.map((size) => 1 / size),
    ),
  };
}
