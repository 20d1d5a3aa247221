/** Objective files and the models that they name, from disk. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";
import {
  type Objective,
  type ObjectiveFile,
  parseObjectiveFile,
  verifyObjective,
} from "../objective/index.ts";
import { type LoadedModel, loadRewardModel } from "../rewards/index.ts";

/** @throws InputError if it can't be read; ObjectiveFileError or GoalError if it does not hold what it should */
export async function loadObjective(file: string): Promise<ObjectiveFile> {
  const objective = parseObjectiveFile(await readJson(file));
  await verifyObjective(objective);
  return objective;
}

/** Parses a small JSON file. @throws InputError naming the file */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new InputError({ problem: "this is not JSON", file, found: error.message }, { cause: error });
    }
    throw systemFault(error, file, "read");
  }
}

export type ObjectiveModels = {
  /** By value; values whose reward is a column have none. */
  models: Map<string, LoadedModel>;
  /** Prompts that any of the models was trained on; undefined if there is no model that could say. */
  seen: Set<string> | undefined;
};

/**
 * Loads the models of the values that the goal names.
 *
 * @param folder where the objective file lies; model paths are relative to it
 * @throws InputError if a model is missing, damaged, or not the one that the objective was made with
 */
export async function loadModelsOf(objective: Objective, folder: string): Promise<ObjectiveModels> {
  const models = new Map<string, LoadedModel>();
  for (const value of objective.values) {
    const spec = objective.file.values[value]!.model;
    if (spec.kind !== "directory") continue;
    const model = await loadRewardModel(join(folder, spec.path));
    if (model.sha256 !== spec.sha256) {
      throw new InputError({
        problem: `the model of "${value}" is not the one that the objective was calibrated with`,
        file: join(folder, spec.path),
        found: `SHA-256 ${model.sha256.slice(0, 12)}…`,
        expected: `${spec.sha256.slice(0, 12)}…`,
        fix: 'Make the objective again with "allgood calibrate"',
      });
    }
    models.set(value, model);
  }
  const seen = new Set([...models.values()].flatMap(({ trainingPrompts }) => [...trainingPrompts]));
  return { models, seen: models.size === 0 ? undefined : seen };
}
