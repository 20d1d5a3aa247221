/**
 * Wherever a model folder may stand, a remote reward's description (`.json`) or a reward function (`.mjs`) may, too.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../io/errors.ts";
import { systemFault } from "../../io/system-fault.ts";
import { canonicalJson, type ModelSpec } from "../../objective/index.ts";
import { type LoadedModel, loadRewardModel } from "../model-directory.ts";
import type { RewardModel } from "../reward-model.ts";
import { parseJson, sha256 } from "../stored-files.ts";
import { parseDescription, type RemoteDescription } from "./description.ts";
import { loadFunctionReward } from "./function-reward.ts";
import { remoteReward } from "./remote-model.ts";

/** A reward model with what it was made from. `sha256` names its content, as far as we hold it. */
export type RewardSource = { path: string; sha256: string } & (
  | { kind: "directory"; model: LoadedModel }
  | { kind: "function"; model: RewardModel }
  | { kind: "remote"; model: RewardModel; description: RemoteDescription }
);

/** @throws InputError where it can't be read or used; which it is goes by the path: a folder, `.json`, or `.mjs`, `.js` */
export async function loadRewardSource(path: string): Promise<RewardSource> {
  if (/\.[cm]?js$/i.test(path)) return { kind: "function", path, ...(await loadFunctionReward(path)) };
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() || (found === undefined && /\.json$/i.test(path))) {
    const description = parseDescription(parseJson(await readBytes(path), path), path);
    return { ...remoteSource(description), path };
  }
  const model = await loadRewardModel(path);
  return { kind: "directory", path, model, sha256: model.sha256 };
}

/**
 * The model of one value of an objective file.
 *
 * @param folder where the objective file lies; paths are relative to it
 * @returns undefined for a column, which has no model
 * @throws InputError if it is missing, damaged, of another value, or not the one that the objective was made with
 */
export async function openModelSpec(
  value: string,
  spec: ModelSpec,
  folder: string,
): Promise<RewardModel | LoadedModel | undefined> {
  switch (spec.kind) {
    case "column":
      return undefined;
    case "remote": {
      const description = parseDescription(spec.description, "the objective file");
      return ofValue(value, remoteSource(description).model);
    }
    case "function":
      return ofValue(value, (await loadFunctionReward(join(folder, spec.path), spec.sha256)).model);
    case "directory": {
      const path = join(folder, spec.path);
      const model = await loadRewardModel(path);
      if (model.sha256 === spec.sha256) return model;
      throw new InputError({
        problem: `the model of "${value}" is not the one that the objective was calibrated with`,
        file: path,
        found: `SHA-256 ${model.sha256.slice(0, 12)}…`,
        expected: `${spec.sha256.slice(0, 12)}…`,
        fix: 'Make the objective again with "allgood calibrate"',
      });
    }
  }
}

function remoteSource(description: RemoteDescription) {
  const hash = sha256(new TextEncoder().encode(canonicalJson(description)));
  return { kind: "remote", model: remoteReward(description), description, sha256: hash } as const;
}

function ofValue(value: string, model: RewardModel): RewardModel {
  if (model.value === value) return model;
  throw new InputError({
    problem: `the objective's value "${value}" names a reward of another value`,
    found: `"${model.value}" (${model.name})`,
    fix: 'Make the objective again with "allgood calibrate"',
  });
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw systemFault(error, path, "read");
  }
}
