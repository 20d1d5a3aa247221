import { expect } from "vitest";
import { InputError } from "../../io/errors.ts";
import { detect } from "../detect.ts";
import { pairsFromTruth } from "../pairs-from-truth.ts";

const place = { file: "x.jsonl", line: 3 };
export const user = (content: string) => ({ role: "user", content });
export const assistant = (content: string) => ({ role: "assistant", content });
export const system = (content: string) => ({ role: "system", content });

/** The format found for a row, and the pairs in it; parts that are undefined are as good as absent. */
export function pairs(row: Record<string, unknown>) {
  const reader = detect([row], place.file);
  const found = reader.pairs ? reader.pairs(row, place) : pairsFromTruth(reader.candidates!(row, place));
  return { format: reader.name, pairs: JSON.parse(JSON.stringify(found)) };
}

/** The format found for a row, and the candidates in it. */
export function candidates(row: Record<string, unknown>) {
  const reader = detect([row], place.file);
  return { format: reader.name, set: JSON.parse(JSON.stringify(reader.candidates!(row, place))) };
}

/** What is wrong with a row for the reader of a row that is right. */
export function faultOf(row: Record<string, unknown>, like: Record<string, unknown>) {
  const reader = detect([like], place.file);
  try {
    (reader.pairs ?? reader.candidates)!(row, place);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).fault).toMatchObject(place);
    return (error as InputError).fault;
  }
  throw new Error("the row was accepted");
}
