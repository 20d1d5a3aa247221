import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../io/errors.ts";
import { exists } from "../../io/exists.ts";
import { sha256OfFile } from "../../io/file-hash.ts";
import { removeLeftovers, temporaryName } from "../../io/leftovers.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { writeFileAtomic, writeJsonAtomic } from "../../io/write.ts";
import { type CandidateSet, readCandidates, split } from "../../preferences/index.ts";
import { AskedPairs, chooseQuestions } from "../../rewards/collection/choose-questions.ts";
import { contentOf, LABEL_FORMAT } from "../../rewards/collection/identity.ts";
import { inside } from "./inside.ts";
import type { NewLabelling } from "./label-types.ts";

/** Where new labellings go, in the folder that is looked at. */
const HOME = "labels";

/**
 * Begins a labelling: a folder that `allgood label --resume` can go on with. Its first round is drawn at random by the
 * seed, as the command does; the responses are copied into it, so that it stands on its own.
 *
 * @returns its id
 * @throws InputError where the files hold no prompt with two responses, or can't be read
 */
export async function beginLabelling(root: string, asked: NewLabelling): Promise<string> {
  const files = await Promise.all(asked.sources.map((source) => inside(root, source)));
  const sets = comparable((await readCandidates(files)).sets);
  if (sets.length === 0) {
    throw new InputError({
      problem: "no prompt of these files has two responses that differ: there is nothing to compare",
      found: asked.sources.join(", "),
      fix: "Choose a file with several responses to each prompt, or two files that answer the same prompts",
    });
  }
  const questions = await chooseQuestions(
    sets.map((set) => ({ ...set, part: split(set.promptHash, asked.seed) })),
    new AskedPairs(),
    { round: 1, perRound: asked.questions, by: "random", seed: asked.seed, committee: undefined },
  );
  await makeFolder(join(root, HOME));
  const home = await inside(root, HOME);
  await removeLeftovers(home);
  const draft = join(home, temporaryName("new"));
  try {
    const candidates = join(draft, "candidates.jsonl");
    await writeLines(candidates, sets.map(rowOf));
    await writeLines(join(draft, "questions.jsonl"), questions);
    await writeJsonAtomic(join(draft, "labelling.json"), {
      ...{ meaning: asked.meaning, shared: asked.shared, sources: asked.sources },
    });
    const settings = {
      // in the order of src/cli/label/run.ts: the identity is over the text
      ...{ value: asked.value, rater: "person", choose: "disagreement", perRound: asked.questions },
      ...{
        seed: asked.seed,
        data: contentOf([]),
        candidates: contentOf([{ sha256: await sha256OfFile(candidates) }]),
      },
    };
    await writeJsonAtomic(join(draft, "run.json"), { format: LABEL_FORMAT, settings });
    return `${HOME}/${await moveTo(home, draft, slugOf(asked.value))}`;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Each text once, and prompts with at least two. */
function comparable(sets: readonly CandidateSet[]): CandidateSet[] {
  return sets
    .map((set) => {
      const seen = new Set<string>();
      const candidates = set.candidates.filter(({ response }) => !seen.has(response) && seen.add(response));
      return { ...set, candidates };
    })
    .filter(({ candidates }) => candidates.length > 1);
}

/** Texts and ids alone: nothing that a program or a person would judge by. */
const rowOf = ({ prompt, candidates }: CandidateSet) => ({
  prompt,
  candidates: candidates.map(({ id, response }) => ({ id, response })),
});

/** The first free name: `helpful`, `helpful-2`, … */
async function moveTo(home: string, draft: string, slug: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? slug : `${slug}-${n}`;
    if (await exists(join(home, name))) continue;
    // another server may have taken it just now
    const moved = await rename(draft, join(home, name)).then(
      () => true,
      (error: unknown) => {
        if (isTaken(error)) return false;
        throw error;
      },
    );
    if (moved) return name;
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && ["ENOTEMPTY", "EEXIST"].includes(String(Reflect.get(error, "code")));

const slugOf = (value: string): string =>
  value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "value";

const writeLines = (path: string, rows: readonly object[]): Promise<void> =>
  writeFileAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
