import { createRandom, type Random } from "../stats/random.ts";
import type { FiveNumbers, FrontierRow, Setting } from "./types.ts";

/** A way to combine rewards in a frontier made up from formulas. */
export type MadeMethod = {
  method: string;
  /** Share good in all values, as a function of KL. */
  allGood: (kl: number) => number;
  /** Proxy minus truth; 0 where absent. */
  gap?: (kl: number) => number;
  /** KL at each measurement of each KL weight; no reinforcement learning where absent. */
  rl?: Readonly<Record<string, readonly number[]>>;
  bestOfK?: boolean;
};

export type MadeFrontier = {
  methods: readonly MadeMethod[];
  seeds?: number;
  prompts?: number;
  ks?: readonly number[];
  values?: readonly string[];
  /** Standard deviations of what is added to each prompt's share. */
  noise?: { seed?: number; prompt?: number; cell?: number };
  seed?: number;
};

export const kOf = (k: number): number => Math.log(k) - (k - 1) / k;

/** Rows of a frontier whose truth is known. Without noise, each number is what its formula says. */
export function madeFrontier({
  methods,
  seeds = 5,
  prompts = 40,
  ks = [2, 4, 8, 16],
  values = ["helpful", "harmless", "factual", "creative"],
  noise = {},
  seed = 1,
}: MadeFrontier): FrontierRow[] {
  const random = createRandom(seed);
  const normals = (n: number, std = 0) => Array.from({ length: n }, () => std * random.normal());
  const ways = [{ method: "base", allGood: () => 0.2 }, ...methods] satisfies MadeMethod[];
  const byPrompt = ways.map(() => normals(prompts, noise.prompt));
  return Array.from({ length: seeds }, (_, s) => s + 1).flatMap((own) =>
    ways.flatMap((way: MadeMethod, m) => {
      const [bySeed] = normals(1, noise.seed);
      const row = (setting: Setting, kl: number) =>
        rowOf({ way, setting, kl, seed: own, values }, (p) => bySeed! + byPrompt[m]![p]!, {
          prompts,
          random,
          std: noise.cell ?? 0,
        });
      if (way.method === "base") return [row({ kind: "best-of-k", k: 1 }, 0)];
      return [
        ...(way.bestOfK === false ? [] : ks.map((k) => row({ kind: "best-of-k", k }, kOf(k)))),
        ...Object.entries(way.rl ?? {}).flatMap(([klWeight, kls]) =>
          kls.map((kl, i) =>
            row({ kind: "rl", algorithm: "rloo", klWeight: Number(klWeight), step: 10 * (i + 1) }, kl),
          ),
        ),
      ];
    }),
  );
}

function rowOf(
  {
    way,
    setting,
    kl,
    seed,
    values,
  }: { way: MadeMethod; setting: Setting; kl: number; seed: number; values: readonly string[] },
  effect: (prompt: number) => number,
  { prompts, random, std }: { prompts: number; random: Random; std: number },
): FrontierRow {
  const gap = way.gap?.(kl) ?? 0;
  const share = way.allGood(kl);
  const each = (x: number) =>
    Array.from({ length: prompts }, (_, p) => x + effect(p) + std * random.normal());
  const byPrompt = each(share);
  const perValue = <T>(of: (v: number) => T) => Object.fromEntries(values.map((value, v) => [value, of(v)]));
  const truth = (v: number) => share + 0.1 * v;
  const five = (x: number): FiveNumbers => [x - 0.2, x - 0.1, x, x + 0.1, x + 0.2];
  const probes = { words: 30 + 5 * kl, padding: 0.1, confidence: 0.2 + 0.01 * kl, list: 0, repetition: 0.01 };
  return {
    method: way.method,
    setting,
    seed,
    kl,
    allGood: byPrompt.reduce((sum, x) => sum + x, 0) / prompts,
    trueValues: perValue(truth),
    proxy: perValue(() => 0.5 + gap),
    trueWins: perValue(() => 0.5),
    probes,
    distributions: perValue((v) => ({ truth: five(truth(v)), z: five(kl) })),
    byPrompt,
    trueByPrompt: perValue((v) => each(truth(v))),
    probesByPrompt: Object.fromEntries(Object.entries(probes).map(([name, x]) => [name, each(x)])),
    gapByPrompt: each(gap),
  };
}
