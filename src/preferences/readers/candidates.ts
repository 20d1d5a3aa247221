import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { numberOfText } from "../../io/number-text.ts";
import { id, listOf, number, objectOf, optional, prompt } from "../fields.ts";
import { type Place, parseRow, type Reader } from "../reader.ts";

const share = number.refine((value) => value >= 0 && value <= 1, "a number from 0 to 1");
const numbers = { truth: optional(objectOf(share)), rewards: optional(objectOf(number)) };
const candidate = z.preprocess(
  (value) => (typeof value === "string" ? { response: value } : value),
  z.object({ response: z.string(), id, ...numbers }),
);
const some = listOf(candidate).refine((list) => list.length > 0, "at least one response");
const responsesSchema = z.object({ prompt, responses: some });
const candidatesSchema = z.object({ prompt, candidates: some });

/** A prompt with all its responses in one row. */
export const candidateLists: Reader = {
  name: "candidates",
  about: "prompt and a list: responses (texts) or candidates ({response, id?, rewards?, truth?})",
  columns: ["prompt", "candidates", "responses"],
  matches: (row) => "prompt" in row && ("candidates" in row || "responses" in row),
  candidates(row, place) {
    const inCandidates = typeof row === "object" && row !== null && "candidates" in row;
    if (inCandidates) return parseRow(candidatesSchema, row, place);
    const { prompt, responses } = parseRow(responsesSchema, row, place);
    return { prompt, candidates: responses };
  },
};

const rowSchema = z.looseObject({ prompt, response: z.string(), id, ...numbers });

/** One response a row; rows of one prompt are put together wherever they stand in the file. */
export const candidateRows: Reader = {
  name: "candidate-rows",
  about: "prompt, response, id?, number columns (rewards), truth.<value> columns: one response a row",
  columns: ["prompt", "response", "id", "rewards", "truth"],
  matches: (row) => "prompt" in row && "response" in row,
  candidates(row, place) {
    const { prompt, response, id, truth, rewards, ...columns } = parseRow(rowSchema, row, place);
    const found = numberColumns(columns, place);
    return {
      prompt,
      candidates: [
        {
          response,
          id,
          truth: nonEmpty({ ...found.truth, ...truth }),
          rewards: nonEmpty({ ...found.rewards, ...rewards }),
        },
      ],
    };
  },
};

/** Columns that count things or name them, rather than reward. */
const notRewards = /(?:^|[_. ])(?:id|idx|index|line|row|rank|seed|step)$/i;

function numberColumns(columns: Record<string, unknown>, place: Place) {
  const truth: Record<string, number> = {};
  const rewards: Record<string, number> = {};
  for (const [name, value] of Object.entries(columns)) {
    const found = numberIn(value, name, place);
    if (found === undefined || notRewards.test(name)) continue;
    if (name.startsWith("truth.")) truth[name.slice("truth.".length)] = inUnit(found, name, place);
    else rewards[name.replace(/^rewards\./, "")] = found;
  }
  return { truth, rewards };
}

/** The number in a cell, if it is one. @throws InputError for NaN and ±Infinity */
function numberIn(value: unknown, field: string, place: Place): number | undefined {
  const found = typeof value === "string" ? numberOfText(value) : value;
  if (typeof found === "number" ? !Number.isFinite(found) : isNonFiniteText(value))
    throw new InputError({ problem: "a reward is not a finite number", ...place, field, found: show(value) });
  return typeof found === "number" ? found : undefined;
}

const isNonFiniteText = (value: unknown) =>
  typeof value === "string" && /^\s*[-+]?(?:nan|inf|infinity)\s*$/i.test(value);

function inUnit(value: number, field: string, place: Place): number {
  if (value >= 0 && value <= 1) return value;
  throw new InputError({
    problem: "a true value is out of range",
    ...place,
    field,
    found: show(value),
    expected: "0…1",
  });
}

const nonEmpty = (record: Record<string, number>) => (Object.keys(record).length > 0 ? record : undefined);
