import { join } from "node:path";
import { z } from "zod";
import type { Choice } from "../../align/best-of-k.ts";
import type { ScoredCandidates } from "../../align/score-candidates.ts";
import { InputError, show } from "../../io/errors.ts";
import { readRows } from "../../io/rows.ts";
import { type Objective, standardise } from "../../objective/index.ts";
import type { Candidate, CandidateSet } from "../../preferences/index.ts";
import { parsePrompt } from "../../preferences/parse-prompt.ts";

const scoreRow = z.looseObject({
  prompt: z.unknown(),
  promptHash: z.string(),
  id: z.string(),
  response: z.string(),
  u: z.number(),
});
const chosenRow = z.looseObject({
  promptHash: z.string(),
  chosen: z.number(),
  ties: z.number(),
  klBound: z.number(),
  values: z.record(z.string(), z.looseObject({ reference: z.union([z.number(), z.array(z.number())]) })),
  referencesFrom: z.record(z.string(), z.enum(["prompt", "estimator", "global"])),
});

type Set = Pick<CandidateSet, "prompt" | "source"> & {
  candidates: Candidate[];
  rewards: number[][];
  u: number[];
};

/**
 * The candidates of a best-of-k run with their scores, and what was chosen among them, prompt by prompt.
 * @throws InputError where the two files are not those of one run
 */
export async function readScored(
  folder: string,
  objective: Objective,
): Promise<{ scored: ScoredCandidates[]; choices: Choice[] }> {
  const sets = await readSets(join(folder, "scores.jsonl"), objective.values);
  const file = join(folder, "chosen.jsonl");
  const scored: ScoredCandidates[] = [];
  const choices: Choice[] = [];
  for await (const { line, row } of checkedRows(file, chosenRow)) {
    const { promptHash, chosen: index, ties, klBound, values, referencesFrom } = row;
    const set = sets.get(promptHash);
    if (set?.candidates[index] === undefined) throw notOneRun(file, line);
    const { prompt, candidates, rewards, u, source } = set;
    const found = objective.values.map((value, v) => {
      const [reference, from] = [values[value]?.reference, referencesFrom[value]];
      if (reference === undefined || from === undefined) throw notOneRun(file, line);
      const { temperature } = objective.file.values[value]!;
      const column = Float64Array.from(rewards, (each) => each[v]!);
      return { reference, from, column, z: column.map((r) => standardise(r, reference, temperature)) };
    });
    scored.push({
      set: { prompt, promptHash, candidates, source },
      rewards: found.map(({ column }) => column),
      references: found.map(({ reference }) => reference),
      referencesFrom: found.map(({ from }) => from),
      z: found.map(({ z }) => z),
      u: Float64Array.from(u),
    });
    choices.push({ index, ties, klBound });
  }
  return { scored, choices };
}

async function readSets(file: string, values: readonly string[]): Promise<Map<string, Set>> {
  const sets = new Map<string, Set>();
  for await (const { line, row } of checkedRows(file, scoreRow)) {
    const { promptHash, id, response, u } = row;
    const before = sets.get(promptHash);
    const set = before ?? {
      candidates: [],
      rewards: [],
      u: [],
      prompt: parsePrompt(row.prompt, { file, line }),
      source: `${file}:${line}`,
    };
    sets.set(promptHash, set);
    set.candidates.push({ id, response });
    set.rewards.push(values.map((value) => rewardOf(row, value, { file, line })));
    set.u.push(u);
  }
  return sets;
}

function rewardOf(
  row: Record<string, unknown>,
  value: string,
  place: { file: string; line: number },
): number {
  const reward = row[value];
  if (typeof reward === "number") return reward;
  throw new InputError({
    problem: "the row does not have the form that this version writes",
    ...place,
    field: value,
    found: show(reward),
    expected: "a number",
    fix: "Make the run again",
  });
}

/** Rows of a file that an earlier command wrote. @throws InputError for one that does not have the form */
export async function* checkedRows<Row>(
  file: string,
  schema: z.ZodType<Row>,
): AsyncGenerator<{ line: number; row: Row }> {
  for await (const read of readRows(file)) {
    if ("error" in read) throw read.error;
    const parsed = schema.safeParse(read.value);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new InputError({
        problem: "the row does not have the form that this version writes",
        file,
        line: read.line,
        field: path.join("."),
        found: message,
        fix: "Make the run again",
      });
    }
    yield { line: read.line, row: parsed.data };
  }
}

function notOneRun(file: string, line: number): InputError {
  return new InputError({
    problem: "chosen.jsonl and scores.jsonl are not of one run",
    file,
    line,
    fix: "Make the run again",
  });
}
