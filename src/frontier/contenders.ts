/**
 * The ways to make one number of four rewards that are compared.
 * @module
 */
import {
  baseMoments,
  gdpoUtility,
  globalReference,
  lagrangianUtility,
  lscSumUtility,
  minUtility,
  parUtility,
  type StandardisedValue,
  softMinUtility,
  type Utility,
  weightedSumUtility,
  zScoreSumUtility,
} from "../align/index.ts";
import { DEFAULT_QUANTILE } from "../objective/index.ts";
import {
  type AbsoluteReference,
  computeReferences,
  type ReferenceOptions,
  type ReferenceSamples,
} from "../rewards/index.ts";
import { VALUES } from "../world/index.ts";

/** What is known about the learned rewards: temperatures, and their values on base samples, in the order of VALUES. */
export type RewardStatistics = {
  readonly temperatures: readonly number[];
  /** Of every prompt that may come. */
  readonly samples: readonly (readonly ReferenceSamples[])[];
  /** Where "good" begins, by labels of single responses; undefined for a reward that does not rise with them. */
  readonly absolute: readonly (AbsoluteReference | undefined)[];
  readonly seed: number;
};

export type Contender = {
  readonly method: string;
  /** Whether it learns while the policy does, so that choosing among given responses has no use for it. */
  readonly rlOnly?: boolean;
  /** Rewards of an ensemble in place of single models. */
  readonly ensemble?: boolean;
  /**
   * KL weights of reinforcement learning, a strong and a weak one or one between, in its own units of utility per nat: a raw sum of four
   * rewards has several times the spread of a bounded one. None: it is compared by best-of-k alone.
   */
  readonly klWeights: readonly number[];
  /** A new one each time: some learn. */
  readonly utility: (statistics: RewardStatistics) => Utility;
};

export const LSC_AND = "LSC AND";

/** Weights of the raw sum: even, and one value doubled. */
const WEIGHTS: readonly (readonly number[])[] = [
  [1, 1, 1, 1],
  [2, 1, 1, 1],
  [1, 2, 1, 1],
  [1, 1, 2, 1],
  [1, 1, 1, 2],
];

const RAW = [0.6, 0.15];
const SCORED = [0.6, 0.15];
const NORMALISED = [0.3, 0.08];
const BOUNDED = [0.05];
const SHAPED = [0.3, 0.05];
/** Choosing among given responses is cheap, and training is not: some ways are only compared by the former. */
const NONE: readonly number[] = [];

const lscAnd = (name: string, reference: References, more: Partial<Contender> = {}): Contender => ({
  method: name,
  klWeights: SHAPED,
  utility: (statistics) => lscSumUtility(standardised(statistics, reference)),
  ...more,
});

type References = Omit<ReferenceOptions, "seed" | "otherwise">;
const QUANTILE: References = { kind: "quantile", q: DEFAULT_QUANTILE };
const MEDIAN: References = { kind: "quantile", q: 0.5 };

export const CONTENDERS: readonly Contender[] = [
  ...WEIGHTS.map(
    (weights): Contender => ({
      method: `raw sum ${weights.join(":")}`,
      klWeights: weights[2] === 1 && weights[3] === 1 ? RAW : NONE,
      utility: () => weightedSumUtility(VALUES.map((value, v) => ({ value, weight: weights[v]! }))),
    }),
  ),
  {
    method: "z-scored sum",
    klWeights: SCORED,
    utility: ({ samples }) =>
      zScoreSumUtility(
        VALUES.map((value, v) => ({ value, moments: baseMoments(samples[v]!) })),
        { per: "global" },
      ),
  },
  { method: "GDPO", klWeights: NORMALISED, utility: () => gdpoUtility(VALUES.map((value) => ({ value }))) },
  {
    method: "PAR",
    klWeights: BOUNDED,
    utility: (statistics) => parUtility(standardised(statistics, { kind: "responses", responses: 10 })),
  },
  {
    method: "min",
    klWeights: [0.3],
    utility: (statistics) => minUtility(standardised(statistics, QUANTILE)),
  },
  {
    method: "soft-min",
    klWeights: NONE,
    utility: (statistics) => softMinUtility(standardised(statistics, QUANTILE)),
  },
  {
    method: "Lagrangian",
    rlOnly: true,
    klWeights: [0.3],
    utility: (statistics) =>
      lagrangianUtility(
        // a threshold that one policy can meet in all values at once
        standardised(statistics, MEDIAN).map((value) => ({ ...value, role: "both" as const })),
      ),
  },
  lscAnd(`ensemble ${LSC_AND}`, QUANTILE, { ensemble: true, klWeights: [0.1] }),
  lscAnd(LSC_AND, QUANTILE),
  {
    // the best of several weights is chosen after the fact for raw sums: the goal may weigh its values too
    method: `${LSC_AND}, helpful^2`,
    klWeights: SHAPED,
    utility: (statistics) =>
      lscSumUtility(
        standardised(statistics, QUANTILE).map((value) => ({
          ...value,
          weight: value.value === "helpful" ? 2 : 1,
        })),
      ),
  },
  {
    method: `${LSC_AND}, absolute reference`,
    klWeights: SHAPED,
    utility: (statistics) => lscSumUtility(absolutelyStandardised(statistics)),
  },
  lscAnd(`${LSC_AND}, median`, MEDIAN, { klWeights: [0.1] }),
  lscAnd(`${LSC_AND}, mean`, { kind: "mean" }, { klWeights: NONE }),
  {
    method: `${LSC_AND}, one reference for all`,
    klWeights: [0.1],
    utility: (statistics) =>
      lscSumUtility(
        standardised(statistics, QUANTILE).map((value) => ({
          ...value,
          reference: globalReference(value.reference),
        })),
      ),
  },
  {
    // the paper's own choice: for harmlessness a canned refusal, for the others a quantile of base samples
    method: `${LSC_AND}, refusal as reference`,
    klWeights: [0.1],
    utility: (statistics) => {
      const refusal = standardised(statistics, { kind: "canned-mean" });
      return lscSumUtility(
        standardised(statistics, QUANTILE).map((value, v) =>
          value.value === "harmless" ? refusal[v]! : value,
        ),
      );
    },
  },
];

const known = new WeakMap<RewardStatistics, Map<string, StandardisedValue[]>>();

/** References are worked out once for all runs on the same statistics. */
function standardised(statistics: RewardStatistics, options: References): StandardisedValue[] {
  const { temperatures, samples, seed } = statistics;
  const mine = known.get(statistics) ?? new Map<string, StandardisedValue[]>();
  known.set(statistics, mine);
  const key = JSON.stringify(options);
  const found =
    mine.get(key) ??
    VALUES.map((value, v) => ({
      value,
      temperature: temperatures[v]!,
      reference: computeReferences(samples[v]!, { ...options, seed, otherwise: "error" }).spec,
    }));
  mine.set(key, found);
  return found;
}

/** By references that labels gave; a reward that does not rise with its labels keeps its quantile. */
function absolutelyStandardised(statistics: RewardStatistics): StandardisedValue[] {
  return standardised(statistics, QUANTILE).map((value, v) => {
    const absolute = statistics.absolute[v];
    if (absolute === undefined) return value;
    const { reference, temperature } = absolute;
    return {
      ...value,
      temperature,
      reference: { kind: "fixed", global: reference, otherwise: "global" },
    };
  });
}
