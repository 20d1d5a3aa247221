/** Objective files and the models that they name, from disk. */
import { readFile } from "node:fs/promises";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";
import {
  GoalError,
  type Objective,
  type ObjectiveFile,
  ObjectiveFileError,
  parseObjectiveFile,
  verifyObjective,
} from "../objective/index.ts";
import { openModelSpec, type RewardModel } from "../rewards/index.ts";

/** @throws InputError naming the file if it can't be read, or does not hold what it should */
export async function loadObjective(file: string): Promise<ObjectiveFile> {
  const json = await readJson(file);
  try {
    const objective = parseObjectiveFile(json);
    await verifyObjective(objective);
    return objective;
  } catch (error) {
    if (error instanceof ObjectiveFileError || error instanceof GoalError)
      throw new InputError({ problem: error.message, file }, { cause: error });
    throw error;
  }
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
  models: Map<string, RewardModel>;
  /** Prompts that any of the models was trained on; undefined if there is no model that could say. */
  seen: Set<string> | undefined;
};

/**
 * Loads the models of the values that the goal names: folders, remote rewards and functions.
 *
 * @param folder where the objective file lies; model paths are relative to it
 * @throws InputError if a model is missing, damaged, or not the one that the objective was made with
 */
export async function loadModelsOf(objective: Objective, folder: string): Promise<ObjectiveModels> {
  const models = new Map<string, RewardModel>();
  let seen: Set<string> | undefined;
  for (const value of objective.values) {
    const model = await openModelSpec(value, objective.file.values[value]!.model, folder);
    if (model === undefined) continue;
    models.set(value, model);
    if ("trainingPrompts" in model) seen = new Set([...(seen ?? []), ...model.trainingPrompts]);
  }
  return { models, seen };
}
