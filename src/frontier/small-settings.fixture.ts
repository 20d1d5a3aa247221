import type { FrontierSettings } from "./jobs.ts";

/** Eight jobs. */
export const smallSettings: FrontierSettings = {
  version: 2,
  worldSeed: 1,
  seeds: [1, 4],
  sizes: {
    learn: { prompts: 6, samples: 3 },
    align: { prompts: 3, samples: 4 },
    test: { prompts: 2, samples: 5 },
  },
  pairsPerPrompt: 2,
  members: 2,
  ks: [2],
  rl: {
    methods: [
      { method: "a", klWeights: [0.3, 0.1] },
      { method: "b", klWeights: [2] },
    ],
    measureAt: [1],
    promptsPerStep: 1,
    samples: 2,
    learningRate: 0.1,
    testSamples: 1,
  },
};
