/**
 * What a row of a table of scores holds, under which name.
 * @module
 */
import { numberOfText } from "../io/number-text.ts";

export type Cells = Record<string, unknown>;

/** Rows of one row: itself, or one for each of its list of candidates. */
export function candidateRows(value: unknown): unknown[] {
  if (!isObject(value) || !Array.isArray(value.candidates)) return [value];
  const { candidates, ...shared } = value;
  return candidates.map((candidate: unknown) =>
    isObject(candidate) ? { ...shared, ...candidate } : candidate,
  );
}

export function isObject(value: unknown): value is Cells {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of the row, of its `rewards` object, or a dotted path; undefined where there is none. */
export function cellOf(cells: Cells, name: string): unknown {
  if (Object.hasOwn(cells, name)) return cells[name];
  if (isObject(cells.rewards) && Object.hasOwn(cells.rewards, name)) return cells.rewards[name];
  const dot = name.indexOf(".");
  if (dot < 0) return undefined;
  const [head, rest] = [name.slice(0, dot), name.slice(dot + 1)];
  const inside = Object.hasOwn(cells, head) ? cells[head] : undefined;
  return isObject(inside) ? cellOf(inside, rest) : undefined;
}

/** Names of all cells, dotted where they stand in an object; `rewards.` is left out. */
export function columnNames(cells: Cells): string[] {
  return Object.entries(cells).flatMap(([name, value]) => {
    if (!isObject(value)) return [name];
    const inside = columnNames(value);
    return name === "rewards" ? inside : inside.map((each) => `${name}.${each}`);
  });
}

/** As `numberOfText`, and NaN or Infinity as the usual programs write them; the text itself if it is no number. */
export function toNumber(text: string): number | string {
  const special = /^\s*([-+]?)(nan|inf|infinity)\s*$/i.exec(text);
  if (special) return /nan/i.test(special[2]!) ? Number.NaN : Number(`${special[1]}Infinity`);
  return numberOfText(text) ?? text;
}

/** Why a cell is no reward, in a few words. */
export function kindOf(reward: unknown): string {
  if (reward === undefined || reward === null || (typeof reward === "string" && reward.trim() === ""))
    return "empty";
  if (typeof reward !== "number") return "not a number";
  return Number.isFinite(reward) ? "too large" : String(reward);
}
