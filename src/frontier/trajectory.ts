import type { FrontierRow, Setting } from "./types.ts";

/** What is measured of a policy, at its KL. */
export type Measured = Omit<FrontierRow, "method" | "setting" | "seed">;

/** One way and its KL weight, as it moves away from the base: a trajectory for each seed. */
export type Course = {
  readonly method: string;
  readonly kind: Setting["kind"];
  /** Null for best-of-k. */
  readonly klWeight: number | null;
  /** In the order of training, or of k; the base first where it was measured. */
  readonly bySeed: ReadonlyMap<number, readonly Measured[]>;
};

export const BASE = "base";

/** Sorts rows into courses. The order of the rows does not matter. */
export function coursesOf(rows: readonly FrontierRow[]): Course[] {
  const base = new Map(rows.filter(({ method }) => method === BASE).map((row) => [row.seed, row]));
  const groups = new Map<string, FrontierRow[]>();
  for (const row of rows) {
    if (row.method === BASE) continue;
    const key = JSON.stringify([row.setting.kind, row.method, weightOf(row.setting)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const { method, setting } = group[0]!;
      const seeds = [...new Set(group.map(({ seed }) => seed))].sort((a, b) => a - b);
      return {
        method,
        kind: setting.kind,
        klWeight: weightOf(setting),
        bySeed: new Map(
          seeds.map((seed) => {
            const own = group.filter((row) => row.seed === seed).sort((a, b) => order(a) - order(b));
            const start = base.get(seed);
            return [seed, (start === undefined ? own : [start, ...own]).map(measuredOf)];
          }),
        ),
      };
    });
}

/**
 * Where a trajectory first reaches `kl`, linearly in KL between the two measurements around it.
 * @returns undefined where it never does: nothing is extrapolated
 */
export function atKl(trajectory: readonly Measured[], kl: number): Measured | undefined {
  for (const [i, after] of trajectory.entries()) {
    if (after.kl === kl) return after;
    const before = trajectory[i - 1];
    if (before === undefined || !(before.kl < kl && kl < after.kl)) continue;
    return mix(before, after, (kl - before.kl) / (after.kl - before.kl));
  }
  return undefined;
}

export function measuredOf({ method: _, setting: __, seed: ___, ...measured }: FrontierRow): Measured {
  return measured;
}

const weightOf = (setting: Setting): number | null => (setting.kind === "rl" ? setting.klWeight : null);
const order = ({ setting }: FrontierRow): number => (setting.kind === "rl" ? setting.step : setting.k);

/** Every number of `a` moved to that of `b` by the share `t`. */
function mix<T>(a: T, b: T, t: number): T {
  if (typeof a === "number") return (a + t * ((b as number) - a)) as T;
  if (Array.isArray(a)) return a.map((x, i) => mix(x, (b as unknown[])[i], t)) as T;
  const other = b as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(a as Record<string, unknown>).map(([name, x]) => [name, mix(x, other[name], t)]),
  ) as T;
}

/** Mean of every number in things of one shape, of which there is at least one. */
export function meanOf<T>(things: readonly T[]): T {
  return things.reduce((mean, thing, i) => mix(mean, thing, 1 / (i + 1)));
}
