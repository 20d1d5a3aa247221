import { InputError } from "./errors.ts";

/** Whether every client and server reads the key as the same bytes in a header: signs of ASCII. */
export const fitsHeader = (key: string): boolean => /^[\x20-\x7e]+$/.test(key);

/**
 * A key as a header carries it, without the line's end that a variable may bring.
 *
 * @param variable the environment variable that holds it
 * @throws InputError, which does not show the key: what `fetch` throws of such a header does
 */
export function headerKey(text: string, variable: string): string {
  const key = text.trim();
  if (fitsHeader(key)) return key;
  throw new InputError({
    problem: `the key in the environment variable ${variable} can't stand in a header`,
    found: key === "" ? "white space alone" : "several lines, or signs that are not ASCII",
    fix: "Set it to the key alone",
  });
}
