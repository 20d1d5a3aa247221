/** `run.json` of a collection: what it was begun with, so that it goes on with the same. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InputError, show } from "../../io/errors.ts";
import { exists } from "../../io/exists.ts";
import { writeJsonAtomic } from "../../io/write.ts";
import { collectionIdentity, LABEL_FORMAT } from "../../rewards/collection/identity.ts";
import { readJson } from "../load.ts";

/** Everything that the questions, the answers of simulated raters and the models depend on; files by content. */
export type LabelSettings = {
  value: string;
  rater: string;
  choose: string;
  perRound: number;
  seed: number;
  samples?: number;
  maxNewTokens?: number;
  temperature?: number;
  format?: string;
  prompts?: string;
  candidates?: string;
  data: string;
  policy?: string;
};

const NAME = "run.json";
/** Files that a folder of something else would have. */
const OWN = ["preferences.jsonl", "questions.jsonl", "judgements.jsonl", "model"];

/**
 * Begins a collection in a folder, or makes sure that the one there is the same. One that nobody has answered yet goes on without
 * `resume`: there is nothing that a new beginning could lose.
 *
 * @returns a name of the settings
 * @throws InputError where there is a collection with answers and `resume` was not asked for, or it has other settings, or the
 *   folder holds files of something else
 */
export async function beginLabelRun(
  folder: string,
  settings: LabelSettings,
  resume: boolean,
): Promise<string> {
  const file = join(folder, NAME);
  const identity = collectionIdentity(settings);
  if (await exists(file)) {
    const found = await readJson(file);
    const fresh = isOf(found, settings) && (await isUnanswered(folder));
    if (!resume && !fresh) {
      throw new InputError({
        problem: "there is a run in this folder already",
        file: folder,
        fix: "Go on with it by --resume, or choose another --out",
      });
    }
    refuseOther(file, found, settings);
    return identity;
  }
  for (const name of OWN) {
    if (!(await exists(join(folder, name)))) continue;
    throw new InputError({
      problem: `there is a ${name} in this folder already that is of no collection`,
      file: folder,
      fix: "Choose another --out",
    });
  }
  await writeJsonAtomic(file, { format: LABEL_FORMAT, settings });
  return identity;
}

const isOf = (found: unknown, settings: LabelSettings): boolean =>
  isDeepStrictEqual(found, { format: LABEL_FORMAT, settings });

const isUnanswered = async (folder: string): Promise<boolean> => {
  const file = join(folder, "judgements.jsonl");
  return !(await exists(file)) || (await stat(file)).size === 0;
};

function refuseOther(file: string, found: unknown, settings: LabelSettings): void {
  const { format, settings: begun } = (found ?? {}) as {
    format?: string;
    settings?: Record<string, unknown>;
  };
  if (format !== LABEL_FORMAT || begun === undefined) {
    throw new InputError({
      problem: "the run in this folder is of another command",
      file,
      fix: "Choose another --out",
    });
  }
  const now = settings as Record<string, unknown>;
  for (const field of new Set([...Object.keys(begun), ...Object.keys(now)])) {
    if (begun[field] === now[field]) continue;
    throw new InputError({
      problem: "the run in this folder was begun with something else",
      file,
      field,
      found: show(now[field]),
      expected: show(begun[field]),
      fix: "Go on with what it was begun with, or choose another --out",
    });
  }
}
