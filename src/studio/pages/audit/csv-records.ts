import { parse } from "csv-parse/browser/esm";
import type { ParseRecords } from "../../../io/csv.ts";
import { recordsOf } from "../../../io/csv-records.ts";

/**
 * csv-parse as built for browsers. Its streams know only their own Buffer, which text in "latin1" (a character a byte)
 * turns into without loss.
 */
export const parseRecords: ParseRecords = (chunks, options) => recordsOf(parse(options), chunks, asLatin1);

function asLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 2 ** 13) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 2 ** 13)));
  }
  return parts.join("");
}
