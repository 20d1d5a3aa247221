import { createHash, timingSafeEqual } from "node:crypto";
import { InputError } from "../io/errors.ts";
import { fitsHeader } from "../io/header-key.ts";
import { ServeError } from "./serve-error.ts";

/** Keys shorter than this can be guessed. */
const SHORTEST = 16;

/** Throws where a request may not pass. */
export type Keys = { check(authorization: string | undefined): void };

/**
 * Bearer keys, several so that they can be changed without a pause. A key is compared by its SHA-256, with all of them,
 * in constant time.
 *
 * @param source for the error message: a file or a variable
 * @throws InputError if there is none, or one is too short or can't stand in a header
 */
export function createKeys(keys: readonly string[], source: string): Keys {
  const short = keys.find((key) => key.length < SHORTEST);
  if (keys.length === 0 || short !== undefined) {
    throw new InputError({
      problem: keys.length === 0 ? `${source} holds no key` : `${source} holds a key that can be guessed`,
      ...(short !== undefined && { found: `${short.length} characters` }),
      expected: `keys of ${SHORTEST} characters or more, one a line`,
      fix: "Make one with: openssl rand -hex 32",
    });
  }
  if (keys.some((key) => !fitsHeader(key))) {
    throw new InputError({
      problem: `${source} holds a key that clients can't send`,
      found: "letters or signs that are not ASCII",
      expected: "letters, digits and signs of ASCII, as a header has them",
      fix: "Make one with: openssl rand -hex 32",
    });
  }
  const known = keys.map(digest);
  return {
    check(authorization) {
      const given = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1];
      const found = digest(given ?? "");
      let matches = 0;
      for (const key of known) matches += timingSafeEqual(key, found) ? 1 : 0;
      if (given !== undefined && matches > 0) return;
      const problem = given === undefined ? "this server asks for a key" : "this key is not known";
      throw new ServeError("unauthorized", `${problem}: send it as "Authorization: Bearer KEY"`);
    },
  };
}

/** The keys of a text, one a line; empty lines and lines that begin with # are left out. */
export const parseKeys = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));

const digest = (key: string): Buffer => createHash("sha256").update(key).digest();
