/**
 * `allgood export`: a launch script for a trainer, filled in with an objective.
 * @module
 */
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { InputError, show, UsageError } from "../../io/errors.ts";
import { writeFileAtomic } from "../../io/write.ts";
import { createObjective } from "../../objective/index.ts";
import { loadObjective } from "../../rewards/open-objective.ts";
import { refuseColumns } from "../align/run.ts";
import { exportOpenRlhf } from "./openrlhf.ts";
import { pythonPackage } from "./python-package.ts";
import { type ExportedFile, type Recipe, weightedValues } from "./recipe.ts";
import { exportTrl } from "./trl.ts";
import { exportVerl } from "./verl.ts";

const TRAINERS = { trl: exportTrl, openrlhf: exportOpenRlhf, verl: exportVerl } as const;
export type Trainer = keyof typeof TRAINERS;

export type ExportOptions = {
  objective: string;
  url: string[];
  model: string;
  out: string;
  klWeight: number;
  samples: number;
  perValue?: boolean;
};

export type Exported = { trainer: Trainer; out: string; files: string[]; goal: string; hash: string };

/**
 * Writes the trainer's files and the Python client beside them.
 * @throws UsageError of a URL or a model name that can't be meant, and of `--per-value` where it has no meaning
 * @throws InputError if one of the files exists already: it may have been edited
 */
export async function exportFor(trainer: Trainer, options: ExportOptions): Promise<Exported> {
  const recipe = await readRecipe(trainer, options);
  const own = TRAINERS[trainer](recipe);
  refuseOverwriting(options.out, own);
  const files = [...own, ...(await pythonPackage())];
  for (const file of files) await write(options.out, file);
  const { goal, file } = recipe.objective;
  return {
    trainer,
    out: options.out,
    files: files.map(({ path }) => path),
    goal: goal.sentence,
    hash: file.hash,
  };
}

async function readRecipe(trainer: Trainer, options: ExportOptions): Promise<Recipe> {
  const urls = options.url.map(serverUrl);
  if (options.model.trim() === "" || /\p{Cc}/u.test(options.model)) {
    throw new UsageError(`--model takes a model's name or folder, found ${show(options.model)}`);
  }
  if (options.perValue && trainer === "openrlhf") {
    throw new UsageError(
      "OpenRLHF trains on one reward: leave out --per-value; it logs the reward of every value all the same",
    );
  }
  if (options.samples < 2) {
    throw new UsageError(
      `--samples is at least 2, found ${options.samples}: a response is compared with others of its prompt`,
    );
  }
  const objective = createObjective(await loadObjective(options.objective));
  // no server could score new responses by it
  refuseColumns(objective, options.objective);
  const { model, klWeight, samples } = options;
  const perValue = options.perValue ? weightedValues(objective) : undefined;
  return { objective, urls, model, klWeight, samples, perValue };
}

/** Without the slash at its end, since paths are put after it. */
function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const whole = url !== undefined && /^https?:$/.test(url.protocol) && !text.includes(",");
  if (!whole || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError(
      `--url takes URLs such as http://localhost:8080, separated by spaces and without a key, found ${show(text)}`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

function refuseOverwriting(folder: string, files: readonly ExportedFile[]): void {
  const taken = files.find(({ path }) => existsSync(join(folder, path)));
  if (taken === undefined) return;
  throw new InputError({
    problem: "this file exists already and may have been edited",
    file: join(folder, taken.path),
    fix: "Choose another --out, or remove it",
  });
}

async function write(folder: string, { path, text, executable }: ExportedFile): Promise<void> {
  const file = join(folder, path);
  await writeFileAtomic(file, text);
  if (executable) await chmod(file, 0o755);
}
