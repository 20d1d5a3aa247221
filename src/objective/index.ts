/**
 * The paper: transforms, references, logic over several values, aggregation. Pure functions, no dependency, runs in a
 * browser. See docs/objective.md.
 * @module
 */
export { generalisedMean, meanMinusStd, minimum, nashProduct, softMin, weightedSum } from "./aggregations.ts";
export {
  type ModelSpec,
  OBJECTIVE_FORMAT,
  type ObjectiveFile,
  REFERENCE_KINDS,
  REMOTE_FORMAT,
  type ReferenceEstimator,
  type ReferenceSpec,
  type ReferenceValue,
  type RemoteSpec,
  type ValueSpec,
} from "./file.ts";
export { OBJECTIVE_SCHEMA } from "./file-schema.ts";
export type { Formula } from "./goal/formula.ts";
export { compileGoal, type Explanation, type Goal } from "./goal/goal.ts";
export { GoalError } from "./goal/goal-error.ts";
export { nearest } from "./goal/nearest.ts";
export { parseGoal } from "./goal/parse.ts";
export { canonicalJson, sealObjective, verifyObjective } from "./hash-file.ts";
export { log1mExp, logAddExp, logSigmoid, logSumExp, quantile, sigmoid, softplus } from "./math.ts";
export { normalQuantile } from "./normal-quantile.ts";
export {
  createObjective,
  MissingReferenceError,
  type Objective,
  type ObjectiveResult,
  type ReferenceSource,
  resolveReference,
  standardise,
} from "./objective.ts";
export { ObjectiveFileError, parseObjectiveFile } from "./parse-file.ts";
export {
  cannedReference,
  DEFAULT_QUANTILE,
  meanReference,
  normalQuantileReference,
  quantileReference,
} from "./references.ts";
export {
  cdf,
  clip,
  expTilt,
  identity,
  logCdf,
  lsc,
  sigmoidShaped,
  type Transform,
  zScore,
} from "./transforms.ts";
