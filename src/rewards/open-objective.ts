/** Objective files and the models that they name, from disk. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../io/errors.ts";
import { systemFault } from "../io/system-fault.ts";
import {
  createObjective,
  GoalError,
  type Objective,
  type ObjectiveFile,
  ObjectiveFileError,
  parseObjectiveFile,
  verifyObjective,
} from "../objective/index.ts";
import { openModelSpec } from "./remote/load-source.ts";
import type { RewardModel } from "./reward-model.ts";
import { parseJson } from "./stored-files.ts";

export type ObjectiveModels = {
  /** By value; values whose reward is a column have none. */
  models: Map<string, RewardModel>;
  /** Hashes of prompts that any of the models was trained on; undefined if there is no model that could say. */
  seen: Set<string> | undefined;
};

/**
 * Opens an objective file with the models of the values that its goal names.
 *
 * @param file written by `allgood calibrate` or `sealObjective`; model paths are relative to its folder
 * @throws InputError naming the file that can't be read, does not hold what it should, or was changed
 */
export async function openObjective(file: string): Promise<ObjectiveModels & { objective: Objective }> {
  const objective = createObjective(await loadObjective(file));
  return { objective, ...(await loadModelsOf(objective, dirname(file))) };
}

/** @throws InputError naming the file if it can't be read, or does not hold what it should */
export async function loadObjective(file: string): Promise<ObjectiveFile> {
  const json = parseJson(await bytesOf(file), file);
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

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw systemFault(error, file, "read");
  }
}
