import { OBJECTIVE_FORMAT, type ObjectiveFile, REFERENCE_KINDS, REMOTE_FORMAT } from "./file.ts";
import { compileGoal } from "./goal/goal.ts";

/** An objective file that can't be used; `path` names the field, as in `values.helpful.temperature`. */
export class ObjectiveFileError extends Error {
  override readonly name = "ObjectiveFileError";
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`objective file${path === "" ? "" : `, field ${path}`}: ${problem}`);
    this.path = path;
  }
}

/**
 * Checks parsed JSON, field by field, and returns it typed. The goal must compile over the file's values. The hash is
 * checked by {@link verifyObjective}.
 *
 * @throws ObjectiveFileError naming the field, what was found and what was expected
 * @throws GoalError if the goal does not parse or names a value that the file lacks
 */
export function parseObjectiveFile(json: unknown): ObjectiveFile {
  const file = record(json, "");
  literal(file.format, "format", [OBJECTIVE_FORMAT]);
  text(file.goal, "goal");
  const values = record(file.values, "values");
  for (const [name, spec] of Object.entries(values)) checkValue(spec, `values.${name}`);
  if (Object.keys(values).length === 0) fail("values", "no value at all", "at least one");
  if (typeof file.hash !== "string" || !/^[0-9a-f]{64}$/.test(file.hash))
    fail("hash", file.hash, "64 hex digits");
  const objective = json as ObjectiveFile;
  compileGoal(objective.goal, Object.keys(objective.values));
  return objective;
}

function checkValue(json: unknown, path: string): void {
  const spec = record(json, path);
  number(spec.temperature, `${path}.temperature`, "a number above 0", (t) => t > 0);
  checkModel(spec.model, `${path}.model`);
  checkReference(spec.reference, `${path}.reference`);
  if (spec.provenance !== undefined) record(spec.provenance, `${path}.provenance`);
}

function checkModel(json: unknown, path: string): void {
  const model = record(json, path);
  literal(model.kind, `${path}.kind`, ["directory", "remote", "function", "column"]);
  if (model.kind === "column") text(model.name, `${path}.name`);
  else if (model.kind === "remote") checkRemote(model.description, `${path}.description`);
  else {
    text(model.path, `${path}.path`);
    text(model.sha256, `${path}.sha256`);
  }
}

/** What every protocol has; its own fields are checked where the model is opened. */
function checkRemote(json: unknown, path: string): void {
  const description = record(json, path);
  literal(description.format, `${path}.format`, [REMOTE_FORMAT]);
  for (const field of ["value", "protocol", "url"]) text(description[field], `${path}.${field}`);
}

function checkReference(json: unknown, path: string): void {
  const reference = record(json, path);
  literal(reference.kind, `${path}.kind`, REFERENCE_KINDS);
  literal(reference.otherwise, `${path}.otherwise`, ["error", "global", "estimator"]);
  if (reference.q !== undefined) number(reference.q, `${path}.q`, "a level in (0, 1)", (q) => q > 0 && q < 1);
  if (reference.prompts !== undefined) {
    const prompts = record(reference.prompts, `${path}.prompts`);
    for (const [hash, value] of Object.entries(prompts))
      checkReferenceValue(value, `${path}.prompts.${hash}`);
  }
  if (reference.global !== undefined) checkReferenceValue(reference.global, `${path}.global`);
  if (reference.estimator !== undefined) checkEstimator(reference.estimator, `${path}.estimator`);
  if (reference.otherwise !== "error" && reference[reference.otherwise as string] === undefined) {
    fail(`${path}.otherwise`, JSON.stringify(reference.otherwise), `a "${reference.otherwise}" beside it`);
  }
}

function checkReferenceValue(json: unknown, path: string): void {
  const list = Array.isArray(json) ? json : [json];
  if (list.length === 0) fail(path, "an empty list", "a number or a list of numbers");
  for (const value of list) number(value, path, "a finite number or a list of them", () => true);
}

function checkEstimator(json: unknown, path: string): void {
  const estimator = record(json, path);
  text(estimator.features, `${path}.features`);
  number(estimator.intercept, `${path}.intercept`, "a finite number", () => true);
  if (!Array.isArray(estimator.weights)) fail(`${path}.weights`, estimator.weights, "a list of numbers");
  for (const weight of estimator.weights as unknown[])
    number(weight, `${path}.weights`, "finite numbers", () => true);
  record(estimator.coverage, `${path}.coverage`);
}

function record(json: unknown, path: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) fail(path, json, "an object");
  return json as Record<string, unknown>;
}

function text(json: unknown, path: string): void {
  if (typeof json !== "string" || json === "") fail(path, json, "a text that is not empty");
}

function literal(json: unknown, path: string, allowed: readonly string[]): void {
  if (!allowed.includes(json as string))
    fail(path, json, allowed.map((word) => JSON.stringify(word)).join(", "));
}

function number(json: unknown, path: string, expected: string, fits: (value: number) => boolean): void {
  if (typeof json !== "number" || !Number.isFinite(json) || !fits(json)) fail(path, json, expected);
}

function fail(path: string, found: unknown, expected: string): never {
  const shown = found === undefined ? "nothing" : typeof found === "string" ? found : JSON.stringify(found);
  throw new ObjectiveFileError(path, `found ${shown.slice(0, 80)}, expected ${expected}`);
}
