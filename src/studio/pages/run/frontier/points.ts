import type { FrontierComparison } from "../../../../frontier/comparison.ts";
import type { FrontierPoint } from "../../../../serve/studio/frontier.ts";
import { moments } from "../../../../stats/moments.ts";

export type Kind = FrontierPoint["setting"]["kind"];
export type Measure = "allGood" | "proxy" | "gap";

export const MEASURES: Record<Measure, { title: string; note: string; of(row: FrontierPoint): number }> = {
  allGood: {
    title: "share truly good in all values",
    note: "Higher is better. Whiskers are 95 % intervals over seeds and prompts, at the KL where the comparison has them.",
    of: ({ allGood }) => allGood,
  },
  proxy: {
    title: "win rate by the learned rewards",
    note: "What the reward models say, mean over the values: 0.5 is the base policy. They may be fooled.",
    of: ({ proxy }) => mean(Object.values(proxy)),
  },
  gap: {
    title: "hacking gap: learned minus true win rate",
    note: "Mean over the values. Above 0, the reward models like what is not better.",
    of: ({ proxy, trueWins }) =>
      mean(Object.keys(proxy).map((value) => proxy[value]! - (trueWins[value] ?? proxy[value]!))),
  },
};

export type PlotPoint = {
  method: string;
  kl: number;
  value: number;
  /** Absent where the comparison has none at this KL. */
  ci95?: readonly [number, number];
  /** 0 where it was not measured at this KL, but lies between measurements. */
  seeds: number;
  /** `k = 8`; `γ = 0.1, step 32`. */
  setting: string;
  /** Points of one track are joined by a line: all k, or the steps under one γ. */
  track: string;
};

const mean = (x: number[]): number => moments(x).mean;

/** Means over seeds, by method and setting, in ascending KL; with the comparison's intervals at its levels. */
export function pointsOf(
  rows: readonly FrontierPoint[],
  comparison: FrontierComparison | null,
  kind: Kind,
  measure: Measure,
): PlotPoint[] {
  const groups = new Map<string, FrontierPoint[]>();
  for (const row of rows) {
    if (row.setting.kind !== kind) continue;
    const key = JSON.stringify([row.method, settingText(row)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const { of } = MEASURES[measure];
  return [...groups.values()]
    .map((group): PlotPoint => {
      const [first] = group as [FrontierPoint];
      const kl = mean(group.map((row) => row.kl));
      const ci95 = intervalAt(comparison, first, measure);
      const value = mean(group.map(of));
      return {
        method: first.method,
        kl,
        value,
        seeds: group.length,
        setting: settingText(first),
        track: trackOf(first),
        ...(ci95 && { ci95 }),
      };
    })
    .sort((a, b) => a.method.localeCompare(b.method) || a.kl - b.kl);
}

const settingText = ({ setting }: FrontierPoint): string =>
  setting.kind === "best-of-k" ? `k = ${setting.k}` : `γ = ${setting.klWeight}, step ${setting.step}`;

const trackOf = ({ method, setting }: FrontierPoint): string =>
  setting.kind === "best-of-k" ? method : `${method} ${setting.klWeight}`;

/** The levels of best-of-k are its own settings; those of RL lie between them, and are drawn beside the points. */
function intervalAt(
  comparison: FrontierComparison | null,
  { method, setting }: FrontierPoint,
  measure: Measure,
): readonly [number, number] | undefined {
  if (setting.kind !== "best-of-k" || measure === "proxy") return undefined;
  const level = comparison?.kinds
    .find((each) => each.kind === "best-of-k")
    ?.levels.find(({ k }) => k === setting.k);
  return level?.standings.find((each) => each.method === method)?.[measure].ci95;
}

/** What the comparison says at its levels of KL, between the settings of RL. */
export function matchedPoints(
  comparison: FrontierComparison | null,
  kind: Kind,
  measure: Measure,
): PlotPoint[] {
  if (comparison === null || kind !== "rl" || measure === "proxy") return [];
  return levelsOf(comparison, kind).flatMap(({ kl, standings }) =>
    standings.map(({ method, klWeight, ...standing }): PlotPoint => {
      const { value, ci95 } = standing[measure];
      const setting = `between settings${klWeight === null ? "" : `, γ = ${klWeight}`}`;
      return { method, kl, value, ci95, setting, seeds: 0, track: "" };
    }),
  );
}

/** The comparison's own estimates at its levels of KL. */
export function levelsOf(comparison: FrontierComparison, kind: Kind) {
  return comparison.kinds.find((each) => each.kind === kind)?.levels ?? [];
}
