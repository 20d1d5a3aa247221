/**
 * Ways to combine rewards, compared where their policies are equally far from the base: at matched KL.
 * @module
 */
import { InputError } from "../io/errors.ts";
import type { Estimate } from "../stats/bootstrap.ts";
import type {
  BaseStanding,
  FrontierComparison,
  KindComparison,
  Level,
  Standing,
  Verdict,
} from "./comparison.ts";
import { LSC_AND } from "./contenders.ts";
import { crossedMean, drawResamples, type Resamples } from "./crossed-interval.ts";
import { atKl, BASE, type Course, coursesOf, type Measured, meanOf, measuredOf } from "./trajectory.ts";
import type { FrontierRow, Setting } from "./types.ts";

export type CompareOptions = {
  /** Of the bootstrap. */
  seed: number;
  /** 2,000 where absent. */
  resamples?: number;
};

/** Levels of KL for reinforcement learning, in nats. For best-of-k they are those of its ks. */
export const KL_GRID: readonly number[] = [1, 2, 4, 8, 16, 32, 64];

const RAW_SUM = /^raw sum /;

/**
 * Compares `LSC AND` with every other method at every level of KL that both reach with every seed. The value of a method
 * is that of its best KL weight, by the mean over seeds; the best raw sum is the best over its weights as well. Both
 * choices are made after seeing the result and are held fixed in the bootstrap. The order of rows does not matter.
 * @throws InputError where there are no rows, or rows of different numbers of prompts
 */
export function compareFrontier(rows: readonly FrontierRow[], options: CompareOptions): FrontierComparison {
  const prompts = promptsOf(rows);
  const resamples = options.resamples ?? 2000;
  const drawFor = (seeds: number) => drawResamples(seeds, prompts, { seed: options.seed, resamples });
  const base = new Map(
    rows
      .filter(({ method }) => method === BASE)
      .sort((a, b) => a.seed - b.seed)
      .map((row) => [row.seed, measuredOf(row)]),
  );
  const courses = coursesOf(rows);
  return {
    method: LSC_AND,
    base: base.size === 0 ? null : baseStanding([...base.values()], drawFor(base.size)),
    prompts,
    resamples,
    kinds: (["best-of-k", "rl"] as const).flatMap((kind) => {
      const own = courses.filter((course) => course.kind === kind);
      return own.length === 0 ? [] : [compareKind(kind, own, rows, base, drawFor)];
    }),
  };
}

function compareKind(
  kind: Setting["kind"],
  courses: readonly Course[],
  rows: readonly FrontierRow[],
  base: ReadonlyMap<number, Measured>,
  drawFor: (seeds: number) => Resamples,
): KindComparison {
  const all = [...new Set(courses.flatMap(({ bySeed }) => [...bySeed.keys()]))].sort((a, b) => a - b);
  const seeds = all.filter((seed) => courses.every(({ bySeed }) => bySeed.has(seed)));
  const draws = drawFor(seeds.length);
  const levels = (seeds.length === 0 ? [] : levelsOf(kind, rows)).flatMap(({ kl, k }) => {
    const reached = bestCourses(courses, seeds, kl);
    if (!reached.some(({ method }) => method === LSC_AND)) return [];
    return [{ kl, k, ...compareAt(reached, seeds, base, draws) }];
  });
  const both = levels.filter(({ bestRawSum }) => bestRawSum !== null);
  const [low, high] = [both[0], both.at(-1)];
  return {
    kind,
    seeds,
    seedsLeftOut: all.filter((seed) => !seeds.includes(seed)),
    levels: levels.map((level) => ({
      ...level,
      place: level === low ? (low === high ? "only" : "low") : level === high ? "high" : null,
    })),
  };
}

function levelsOf(kind: Setting["kind"], rows: readonly FrontierRow[]): { kl: number; k: number | null }[] {
  if (kind === "rl") return KL_GRID.map((kl) => ({ kl, k: null }));
  const byK = new Map<number, number>();
  for (const { setting, kl } of rows) if (setting.kind === "best-of-k" && kl > 0) byK.set(setting.k, kl);
  return [...byK].sort(([a], [b]) => a - b).map(([k, kl]) => ({ k, kl }));
}

/** A method at a level of KL, by seed in the order of the seeds. */
type Reached = { method: string; klWeight: number | null; bySeed: readonly Measured[] };

/** Each method with its best KL weight among those that got to `kl` with every seed; the best method first. */
function bestCourses(courses: readonly Course[], seeds: readonly number[], kl: number): Reached[] {
  const best = new Map<string, Reached & { mean: number }>();
  for (const { method, klWeight, bySeed } of courses) {
    const measured = seeds.map((seed) => atKl(bySeed.get(seed)!, kl));
    if (!measured.every((each) => each !== undefined)) continue;
    const mean = meanOf(measured.map(({ allGood }) => allGood));
    if (mean > (best.get(method)?.mean ?? -1)) best.set(method, { method, klWeight, bySeed: measured, mean });
  }
  return [...best.values()].sort((a, b) => b.mean - a.mean || (a.method < b.method ? -1 : 1));
}

function compareAt(
  reached: readonly Reached[],
  seeds: readonly number[],
  base: ReadonlyMap<number, Measured>,
  draws: Resamples,
): Omit<Level, "kl" | "k" | "place"> {
  const own = reached.find(({ method }) => method === LSC_AND)!;
  const rawSum = reached.find(({ method }) => RAW_SUM.test(method));
  const shown = rawSum === undefined ? [own] : [own, rawSum];
  const bases = seeds.flatMap((seed) => base.get(seed) ?? []);
  const values = valuesOf(own.bySeed);
  return {
    standings: reached.map((each) => ({
      method: each.method,
      klWeight: each.klWeight,
      ...inRange(measures(values, (of) => each.bySeed.map(of), draws)),
      probes: bases.length === seeds.length ? changes(each.bySeed, bases, draws) : {},
    })),
    bestRawSum: rawSum?.method ?? null,
    differences: reached
      .filter((each) => each !== own)
      .map((other) => {
        const found = measures(
          values,
          (of) => own.bySeed.map((one, s) => minus(of(one), of(other.bySeed[s]!))),
          draws,
        );
        return { against: other.method, verdict: verdictOf(found.allGood), ...found };
      }),
    distributions: Object.fromEntries(
      shown.map(({ method, bySeed }) => [method, meanOf(bySeed.map(({ distributions }) => distributions))]),
    ),
  };
}

/** Everything that is known by prompt. @param table a row for each seed */
function measures(
  values: readonly string[],
  table: (of: (measured: Measured) => readonly number[]) => readonly (readonly number[])[],
  draws: Resamples,
): Pick<Standing, "allGood" | "trueValues" | "gap"> {
  return {
    allGood: crossedMean(
      table(({ byPrompt }) => byPrompt),
      draws,
    ),
    trueValues: Object.fromEntries(
      values.map((value) => [
        value,
        crossedMean(
          table(({ trueByPrompt }) => trueByPrompt[value]!),
          draws,
        ),
      ]),
    ),
    gap: crossedMean(
      table(({ gapByPrompt }) => gapByPrompt),
      draws,
    ),
  };
}

/** Shares and true values are in 0…1, and so are their intervals. */
function inRange(measured: Pick<Standing, "allGood" | "trueValues" | "gap">): typeof measured {
  const kept = ({ value, ci95: [low, high] }: Estimate): Estimate => ({
    value,
    ci95: [Math.min(value, Math.max(0, low)), Math.max(value, Math.min(1, high))],
  });
  return {
    ...measured,
    allGood: kept(measured.allGood),
    trueValues: Object.fromEntries(
      Object.entries(measured.trueValues).map(([name, estimate]) => [name, kept(estimate)]),
    ),
  };
}

/** Of each probe against the base of the same seed. */
function changes(
  bySeed: readonly Measured[],
  base: readonly Measured[],
  draws: Resamples,
): Standing["probes"] {
  return Object.fromEntries(
    Object.keys(base[0]!.probes).map((probe) => [
      probe,
      crossedMean(
        bySeed.map(({ probesByPrompt }, s) => minus(probesByPrompt[probe]!, base[s]!.probesByPrompt[probe]!)),
        draws,
      ),
    ]),
  );
}

function baseStanding(bySeed: readonly Measured[], draws: Resamples): BaseStanding {
  return {
    method: BASE,
    ...inRange(measures(valuesOf(bySeed), (of) => bySeed.map(of), draws)),
    probes: meanOf(bySeed.map(({ probes }) => probes)),
    distributions: meanOf(bySeed.map(({ distributions }) => distributions)),
  };
}

function promptsOf(rows: readonly FrontierRow[]): number {
  const counts = [...new Set(rows.map(({ byPrompt }) => byPrompt.length))];
  if (counts.length === 1) return counts[0]!;
  throw new InputError({
    problem:
      rows.length === 0 ? "the frontier has no rows" : "rows of a frontier differ in their test prompts",
    ...(rows.length > 0 && {
      found: `${counts.join(" and ")} prompts`,
      expected: "the same prompts in each row",
    }),
    fix: "Run allgood frontier again, in a folder of its own",
  });
}

const valuesOf = (bySeed: readonly Measured[]): string[] => Object.keys(bySeed[0]!.trueValues);

const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => x - b[i]!);

function verdictOf({ ci95: [low, high] }: Estimate): Verdict {
  if (low > 0) return "ahead";
  return high < 0 ? "behind" : "not told apart";
}
