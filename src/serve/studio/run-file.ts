/** Reading the files of a run, checked at this border. @module */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { InputError } from "../../io/errors.ts";
import { parseJson } from "../../io/json.ts";
import { systemFault } from "../../io/system-fault.ts";

/** @throws InputError if it can't be read, is not JSON, or does not have the form */
export async function readChecked<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw systemFault(error, file, "read");
  });
  const parsed = schema.safeParse(parseJson(file, bytes));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InputError({
    problem: "the file does not have the form that this version writes",
    file,
    ...(issue !== undefined && { field: issue.path.join("."), found: issue.message }),
    fix: "Another version wrote it, or it was changed since: make it again with this version",
  });
}

const interval = z.tuple([z.number(), z.number()]);
const estimate = z.looseObject({ value: z.number(), ci95: interval });
const method = z.looseObject({
  name: z.string(),
  goodInAll: estimate,
  goalMet: estimate,
  worstWinRate: estimate,
  klBound: z.number(),
});

/** Of an evaluation, what the server itself reads; the rest goes to the page as it is. */
const evaluationSchema = z.looseObject({
  bestOfK: z.looseObject({
    goalMethod: z.string(),
    baseMethod: z.string(),
    judgedBy: z.string(),
    methods: z.array(method),
  }),
});

export const bestOfKSchema = z.looseObject({
  command: z.literal("align best-of-k"),
  options: z.looseObject({ gamma: z.number().optional(), seed: z.number() }),
  objective: z.object({ hash: z.string(), file: z.unknown() }),
  result: z.looseObject({ goal: z.string(), prompts: z.number(), candidates: z.number() }),
  evaluation: evaluationSchema,
});

/** `run.json` of runs over steps, and of frontiers. */
export const runRecordSchema = z.looseObject({
  command: z.string(),
  settings: z.record(z.string(), z.unknown()).default({}),
  result: z.record(z.string(), z.unknown()).optional(),
});

/** Of `comparison.json`, what the table of runs shows. */
export const comparisonSchema = z.looseObject({
  method: z.string(),
  base: z.looseObject({ allGood: estimate }).nullish(),
  prompts: z.number(),
  kinds: z.array(
    z.looseObject({
      kind: z.string(),
      seeds: z.array(z.number()),
      levels: z.array(
        z.looseObject({
          kl: z.number(),
          standings: z.array(z.looseObject({ method: z.string(), allGood: estimate })),
        }),
      ),
    }),
  ),
});

/** Of `model.json`, what the table of runs shows. */
export const rewardModelSchema = z.looseObject({
  format: z.literal("allgood-reward/1"),
  kind: z.string(),
  value: z.string(),
  heldOut: z.looseObject({ pairs: z.number(), accuracy: z.number(), ci95: interval }),
  lengthBaseline: z.looseObject({ accuracy: z.number() }),
  overLength: z.looseObject({ value: z.number(), ci95: interval }).optional(),
  calibration: z.looseObject({ temperature: z.number(), eceAfter: z.number() }),
});
