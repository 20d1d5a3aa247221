/**
 * What is known about reward models, as the reports take it. The fields follow the JSON of `allgood reward train` and
 * `reward eval`; what is absent is not drawn.
 * @module
 */
import type { ObjectiveFile } from "../objective/index.ts";
import type { Estimate } from "../stats/bootstrap.ts";

/** Accuracy on pairs with its 95 % interval. A tie counts half; in RewardBench form it is lost. */
export type Accuracy = { pairs: number; accuracy: number; ci95: [number, number] };

export type RewardEvaluation = {
  /** For people: a path or an address. */
  model: string;
  /** The value it was trained for. */
  value: string;
  heldOut: Accuracy;
  /** Accuracy of choosing by length alone (the direction that was right more often in training), on the same pairs. */
  lengthBaseline?: { accuracy: number; ci95?: [number, number] };
  /** Accuracy minus that of length alone, paired. */
  overLength?: Estimate;
  /** Accuracy by how the two responses compare in length. */
  lengthStrata?: readonly ({ label: string; lengthAccuracy?: number } & Accuracy)[];
  calibration?: {
    temperature: number;
    /** Expected calibration error on held-out pairs at T = 1 and at the fitted T. */
    eceBefore: number;
    eceAfter: number;
    /** Held-out pairs by the probability that the model gives to the response it prefers, 0.5…1. */
    before?: readonly CalibrationBin[];
    after?: readonly CalibrationBin[];
  };
  /** Other facts for people: training pairs, data, seed, features, … */
  facts?: Record<string, string | number>;
};

export type CalibrationBin = { predicted: number; observed: number; count: number };

/** Accuracy of the model of one value on the held-out pairs of another. */
export type Crossing = { model: string; pairsOf: string } & Accuracy;

/** RewardBench form: accuracy by subset or section. */
export type BenchmarkRow = { model: string; section: string; subset?: string } & Accuracy;

/** Coverage of the references that an estimator gives to prompts never sampled. */
export type ReferenceCoverage = {
  value: string;
  /** The quantile that was asked for: what the coverage should be. */
  q: number;
  coverage: { value: number; ci95: [number, number]; prompts: number };
};

/** The coverage that an objective file states, one a value with an estimator. */
export function coverageOf(objective: Pick<ObjectiveFile, "values">): ReferenceCoverage[] {
  return Object.entries(objective.values).flatMap(([value, { reference }]) =>
    reference.estimator === undefined || reference.q === undefined
      ? []
      : [{ value, q: reference.q, coverage: reference.estimator.coverage }],
  );
}
