import type { SampleSizes } from "./base-samples.ts";

/** Everything that a frontier's numbers depend on. */
export type FrontierSettings = {
  /** Version of what is computed: other code, other numbers. */
  readonly version: 2;
  /** Of the world's prompts and of the base policy. */
  readonly worldSeed: number;
  /** SHA-256 (hex) of the weights of a base policy that was given. */
  readonly policy?: string;
  /** Of raters, reward models and reinforcement learning, one each. */
  readonly seeds: readonly number[];
  readonly sizes: SampleSizes;
  readonly pairsPerPrompt: number;
  /** Fits of an ensemble. */
  readonly members: number;
  readonly ks: readonly number[];
  readonly rl: {
    readonly methods: readonly { readonly method: string; readonly klWeights: readonly number[] }[];
    readonly measureAt: readonly number[];
    readonly promptsPerStep: number;
    readonly samples: number;
    readonly learningRate: number;
    readonly testSamples: number;
  };
};

/** A piece of work that depends on the settings and its own seed alone. */
export type Job =
  | { readonly kind: "best-of-k"; readonly seed: number }
  | { readonly kind: "rl"; readonly seed: number; readonly method: string; readonly klWeight: number };

/** In their order: seed by seed, so that a frontier that is stopped early has whole seeds. */
export function jobsOf({ seeds, rl }: FrontierSettings): Job[] {
  return seeds.flatMap((seed): Job[] => [
    { kind: "best-of-k", seed },
    ...rl.methods.flatMap(({ method, klWeights }) =>
      klWeights.map((klWeight): Job => ({ kind: "rl", seed, method, klWeight })),
    ),
  ]);
}
