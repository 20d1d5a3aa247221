import { compareFrontier } from "../../src/frontier/compare.ts";
import type { FrontierSettings } from "../../src/frontier/index.ts";
import { type MadeMethod, madeFrontier } from "../../src/frontier/rows.fixture.ts";
import type { FrontierReportInput } from "../../src/report/index.ts";

export const FRONTIER_SETTINGS: FrontierSettings = {
  version: 2,
  worldSeed: 1,
  seeds: [1, 2, 3],
  sizes: {
    learn: { prompts: 100, samples: 4 },
    align: { prompts: 20, samples: 32 },
    test: { prompts: 40, samples: 64 },
  },
  pairsPerPrompt: 6,
  members: 3,
  ks: [2, 4, 8, 16, 32, 64],
  rl: {
    methods: [],
    measureAt: [10, 20, 30],
    promptsPerStep: 8,
    samples: 4,
    learningRate: 1e-3,
    testSamples: 2,
  },
};

/** Names as long as those of a real frontier, and as many. */
const OTHERS = [
  "z-scored sum",
  "GDPO",
  "PAR",
  "min",
  "soft-min",
  "Lagrangian",
  "ensemble LSC AND",
  "LSC AND, median",
  "LSC AND, mean",
  "LSC AND, one reference for all",
];

/** A frontier of 16 methods from formulas with noise, at the scale of a real one. */
export function frontierSample(text: (plain: string) => string = (plain) => plain): FrontierReportInput {
  const saturating = (top: number, speed: number) => (kl: number) => 0.2 + top * (1 - Math.exp(-speed * kl));
  const way = (method: string, i: number): MadeMethod => ({
    method,
    allGood: saturating(0.3 - 0.01 * i, 0.4),
    gap: (kl) => 0.004 * (1 + i / 4) * kl,
    rl: { "0.3": [1.5, 4, 10], "0.1": [2.5, 9, 36] },
    bestOfK: method !== "Lagrangian",
  });
  const rows = madeFrontier({
    methods: [
      way("LSC AND", 0),
      ...["1:1:1:1", "2:1:1:1", "1:2:1:1", "1:1:2:1", "1:1:1:2"].map((weights, i) =>
        way(`raw sum ${weights}`, 2 + i),
      ),
      ...OTHERS.map((name, i) => way(text(name), i)),
    ],
    seeds: 3,
    ks: FRONTIER_SETTINGS.ks,
    noise: { seed: 0.01, prompt: 0.1, cell: 0.1 },
  });
  return {
    rows,
    settings: FRONTIER_SETTINGS,
    comparison: compareFrontier(rows, { seed: 1, resamples: 200 }),
  };
}
