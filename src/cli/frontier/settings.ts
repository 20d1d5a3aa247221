import { CONTENDERS, type FrontierSettings } from "../../frontier/index.ts";
import { UsageError } from "../../io/errors.ts";

export type SizeFlags = {
  seeds: number;
  methods?: string[];
  klWeights?: number[];
  ks: number[];
  learnPrompts: number;
  alignPrompts: number;
  testPrompts: number;
  baseSamples: number;
  steps: number[];
  promptsPerStep: number;
  samples: number;
  lr: number;
  testSamples: number;
};

/** Fits of an ensemble. */
const MEMBERS = 3;
const PAIRS_PER_PROMPT = 6;
const WORLD_SEED = 1;

/** @throws UsageError for an unknown method, or sizes that do not fit each other */
export function frontierSettings(flags: SizeFlags): FrontierSettings {
  const methods = flags.methods && methodNames(flags.methods);
  const largest = Math.max(...flags.ks);
  if (largest > flags.baseSamples)
    throw new UsageError(
      `best of ${largest} needs --base-samples of at least ${largest}, got ${flags.baseSamples}`,
    );
  const wanted = CONTENDERS.filter(({ method }) => methods?.includes(method) ?? true);
  const ascending = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);
  return {
    version: 2,
    worldSeed: WORLD_SEED,
    seeds: Array.from({ length: flags.seeds }, (_, i) => i + 1),
    sizes: {
      learn: { prompts: flags.learnPrompts, samples: 4 },
      align: { prompts: flags.alignPrompts, samples: 32 },
      test: { prompts: flags.testPrompts, samples: flags.baseSamples },
    },
    pairsPerPrompt: PAIRS_PER_PROMPT,
    members: MEMBERS,
    ks: ascending(flags.ks),
    rl: {
      methods: wanted.map(({ method, klWeights }) => ({ method, klWeights: flags.klWeights ?? klWeights })),
      measureAt: ascending(flags.steps),
      promptsPerStep: flags.promptsPerStep,
      samples: flags.samples,
      learningRate: flags.lr,
      testSamples: flags.testSamples,
    },
  };
}

/**
 * Names of methods from a list cut at its commas: some names hold one, so the longest that is known counts.
 *
 * @throws UsageError for a name that is not
 */
function methodNames(parts: readonly string[]): string[] {
  const known = CONTENDERS.map(({ method }) => method);
  const found: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const candidates = parts.slice(at).map((_, more) => parts.slice(at, at + more + 1).join(", "));
    const name = candidates.findLast((candidate) => known.includes(candidate));
    if (name === undefined)
      throw new UsageError(`--methods knows no "${parts[at]}"; known: ${known.join("; ")}`);
    found.push(name);
    at += candidates.indexOf(name) + 1;
  }
  return found;
}
