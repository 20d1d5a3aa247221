/**
 * The objective file: everything that turns raw rewards into one utility, in one JSON document.
 * Same file, same number, anywhere.
 * @module
 */

export const OBJECTIVE_FORMAT = "allgood-objective/1";
export const REMOTE_FORMAT = "allgood-remote/1";

export type ObjectiveFile = {
  format: typeof OBJECTIVE_FORMAT;
  /** A sentence over the names in `values`, e.g. `helpful and harmless`. */
  goal: string;
  values: Record<string, ValueSpec>;
  /** SHA-256 (hex) over the canonical JSON of everything else in the file. */
  hash: string;
};

/** How one value's raw reward becomes z = (r − r_ref)/T. */
export type ValueSpec = {
  model: ModelSpec;
  /** T > 0, from calibration: p(y⁺ beats y⁻) = σ((r⁺ − r⁻)/T). */
  temperature: number;
  reference: ReferenceSpec;
  /** Where each number came from, for people: data, samples, held-out accuracy, … Plain JSON. */
  provenance?: Record<string, unknown>;
};

/** Where the raw reward comes from. */
export type ModelSpec =
  /** A model directory written by `allgood reward train`; `path` is relative to the objective file. */
  | { kind: "directory"; path: string; sha256: string }
  /** A server that gives raw rewards; a key is never in the file, only the name of the variable that holds it. */
  | { kind: "remote"; description: RemoteSpec }
  /** A JavaScript module that computes rewards; `path` is relative to the objective file. */
  | { kind: "function"; path: string; sha256: string }
  /** A column of raw rewards in the data itself. */
  | { kind: "column"; name: string };

/** How to ask a server for rewards; `src/rewards/remote/` knows the fields of each protocol. */
export type RemoteSpec = {
  format: typeof REMOTE_FORMAT;
  value: string;
  protocol: string;
  url: string;
  [field: string]: unknown;
};

/** r_ref(x). A list of numbers stands for several reference responses (PAR): p(good) is the mean over them. */
export type ReferenceValue = number | number[];

/** Ways to make the numbers: of base samples, of canned responses, of labels "good or not", or given. */
export const REFERENCE_KINDS = [
  "quantile",
  "normal-quantile",
  "mean",
  "canned-max",
  "canned-mean",
  "responses",
  "labelled",
  "fixed",
] as const;

export type ReferenceSpec = {
  /** How the numbers were made. */
  kind: (typeof REFERENCE_KINDS)[number];
  /** Quantile level in (0, 1), for the quantile kinds. */
  q?: number;
  /** Per prompt, by prompt hash. */
  prompts?: Record<string, ReferenceValue>;
  /** For prompts never sampled. */
  estimator?: ReferenceEstimator;
  /** One number for every prompt. */
  global?: ReferenceValue;
  /** What a prompt gets that `prompts` does not name. */
  otherwise: "error" | "global" | "estimator";
};

/** A linear model of r_ref on hashed prompt features, fitted by quantile regression (Koenker & Bassett 1978). */
export type ReferenceEstimator = {
  /** Name and version of the feature map; see src/rewards/prompt-features.ts. */
  features: string;
  intercept: number;
  weights: number[];
  /** Share of held-out base rewards at or below the estimate; q would be perfect. */
  coverage: { value: number; ci95: [number, number]; prompts: number };
};
