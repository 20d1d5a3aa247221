/**
 * A folder of `allgood label`, as the page works on it. The command's files are what they always are; the page adds
 * `answers.jsonl` (every act of every rater, see label-log.ts), which is the record of what was done here, and
 * `labelling.json` where it began the folder itself.
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { exists } from "../../io/exists.ts";
import type { FolderLock } from "../../io/folder-lock.ts";
import { type CandidateSet, readCandidates } from "../../preferences/index.ts";
import { collectionIdentity, LABEL_FORMAT } from "../../rewards/collection/identity.ts";
import type { PlannedQuestion } from "../../rewards/collection/question.ts";
import { CollectionStore } from "../../rewards/collection/store.ts";
import type { Question } from "../../rewards/index.ts";
import { ServeError } from "../serve-error.ts";
import { inside } from "./inside.ts";
import type { LabelFinder } from "./label-find.ts";
import { readChecked } from "./run-file.ts";

/** Of `run.json`, what is used here; see src/cli/label/run-file.ts. */
const runSchema = z.object({
  format: z.literal(LABEL_FORMAT),
  settings: z.looseObject({
    value: z.string(),
    rater: z.string(),
    choose: z.enum(["disagreement", "random"]),
    perRound: z.int().min(1),
    seed: z.int(),
    data: z.string(),
    candidates: z.string().optional(),
  }),
});

/** `labelling.json`: what the page asked for that the command does not know. */
const labellingSchema = z.object({ meaning: z.string(), shared: z.number().min(0).max(1) });

export type LabelQuestion = PlannedQuestion & Pick<Question, "prompt" | "responseA" | "responseB">;

export type LabelFolder = {
  id: string;
  path: string;
  settings: z.output<typeof runSchema>["settings"];
  /** Names the settings; the files of another run are refused by it. */
  identity: string;
  meaning: string;
  shared: number;
  sets: ReadonlyMap<string, CandidateSet>;
};

/** A folder that the page did not begin: one question in five is for every rater. */
const DEFAULT_SHARED = 0.2;

/**
 * @param id path of the folder in the one that is looked at
 * @throws InputError where it is none, is answered by simulated raters, or its responses are not to be found
 */
export async function openLabelFolder(root: string, id: string, finder: LabelFinder): Promise<LabelFolder> {
  const path = await inside(root, id);
  await refuseLinksOut(root, id);
  const raw = await readChecked(
    join(path, "run.json"),
    z.looseObject({ format: z.unknown(), settings: z.unknown() }),
  );
  const parsed = runSchema.safeParse(raw);
  if (!parsed.success) {
    throw new InputError({
      problem: 'this is no folder of "allgood label"',
      file: id,
      field: parsed.error.issues[0]!.path.join("."),
    });
  }
  const { settings } = parsed.data;
  if (settings.rater !== "person") {
    throw new InputError({
      problem: "simulated raters answer here",
      file: id,
      fix: "Begin a labelling of the same responses, or compare the two later",
    });
  }
  const own = join(path, "labelling.json");
  const { meaning, shared } = (await exists(own))
    ? await readChecked(own, labellingSchema)
    : { meaning: "", shared: DEFAULT_SHARED };
  const { sets } = await readCandidates([await candidatesOf(root, { id, path, settings }, finder)]);
  return {
    id,
    path,
    settings,
    identity: collectionIdentity(raw.settings),
    meaning,
    shared,
    sets: new Map(sets.map((set) => [set.promptHash, set])),
  };
}

/** Files that are read or written here; one that is a link out of the folder that is looked at is not ours to touch. */
const OWN = [
  ...["run.json", "labelling.json", "candidates.jsonl", "questions.jsonl", "rounds.jsonl", "answers.jsonl"],
  ...["judgements.jsonl", "judgements.jsonl.state", "preferences.jsonl", "model"],
];

async function refuseLinksOut(root: string, id: string): Promise<void> {
  for (const name of OWN) {
    await inside(root, `${id}/${name}`).catch((error: unknown) => {
      if (!(error instanceof ServeError) || error.code !== "not_found") throw error;
    });
  }
}

/**
 * The files of the collection, opened for as long as `work` takes. What it kept is on the disk when this resolves.
 *
 * @param lock the folder's
 */
export async function withStore<T>(
  folder: LabelFolder,
  lock: FolderLock,
  work: (store: CollectionStore) => Promise<T>,
): Promise<T> {
  const { value } = folder.settings;
  const pairOf = (planned: PlannedQuestion, winner: "a" | "b") => {
    const { prompt, responseA, responseB, question, part, by, round } = withTexts(folder, planned);
    const [chosen, rejected] = winner === "a" ? [responseA, responseB] : [responseB, responseA];
    const { source } = folder.sets.get(planned.promptHash)!;
    return { id: `${value}.${question}`, prompt, chosen, rejected, value, source, part, by, round };
  };
  const store = await CollectionStore.open(folder.path, folder.identity, { pairOf, lock });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** @throws InputError where the responses are of another file than the questions */
export function withTexts({ id, sets }: LabelFolder, question: PlannedQuestion): LabelQuestion {
  const set = sets.get(question.promptHash);
  const responseOf = (name: string) => set?.candidates.find((candidate) => candidate.id === name)?.response;
  const responseA = responseOf(question.a);
  const responseB = responseOf(question.b);
  if (set !== undefined && responseA !== undefined && responseB !== undefined)
    return { ...question, prompt: set.prompt, responseA, responseB };
  throw new InputError({
    problem: `question ${question.question} is about a prompt or response that the candidates do not have`,
    file: id,
    found: show([question.promptHash, question.a, question.b]),
    fix: "Put the file of candidates back as it was when the questions were chosen",
  });
}

async function candidatesOf(
  root: string,
  { id, path, settings }: Pick<LabelFolder, "id" | "path" | "settings">,
  finder: LabelFinder,
): Promise<string> {
  const own = join(path, "candidates.jsonl");
  if (await exists(own)) return own;
  const found = settings.candidates === undefined ? undefined : await finder.withContent(settings.candidates);
  if (found !== undefined) return inside(root, found);
  throw new InputError({
    problem: "the responses that this labelling is about are not in the folder that is looked at",
    file: id,
    fix: `Copy the file that --candidates named to ${id}/candidates.jsonl`,
  });
}
