/** Acts in the browser's storage that the server has not said it has. @module */
import type { Act } from "../../../serve/studio/label-types.ts";

/** Whose acts they are. */
export type OutboxName = { labelling: string; run: string; rater: string };

export type Unsent = OutboxName & { act: Act; order: number };

const PREFIX = "allgood-label/";

/** One key an act: tabs that write at the same time can't overwrite each other. */
export const keyOf = ({ labelling, run, rater, act: { question, turn } }: Unsent): string =>
  `${PREFIX}${JSON.stringify([labelling, run, rater, question, turn])}`;

export const sameName = (a: OutboxName, b: OutboxName): boolean =>
  a.labelling === b.labelling && a.run === b.run && a.rater === b.rater;

/** Whose acts lie in this browser. */
export function unsentNames(): OutboxName[] {
  const names: OutboxName[] = [];
  for (const { labelling, run, rater } of readUnsent()) {
    const name = { labelling, run, rater };
    if (!names.some((each) => sameName(each, name))) names.push(name);
  }
  return names;
}

export function readUnsent(): Unsent[] {
  const store = storage();
  if (store === undefined) return [];
  return Object.keys(store).flatMap((key) => {
    const found = key.startsWith(PREFIX) ? parse(store.getItem(key) ?? "") : undefined;
    return isUnsent(found) ? [found] : [];
  });
}

/** @returns false where the browser's storage is full or not there */
export function writeUnsent(unsent: Unsent): boolean {
  try {
    const store = storage();
    store?.setItem(keyOf(unsent), JSON.stringify(unsent));
    return store !== undefined;
  } catch {
    return false;
  }
}

export function removeUnsent(unsent: Unsent): void {
  storage()?.removeItem(keyOf(unsent));
}

/** Undefined where the browser keeps nothing, as in some private windows. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REPLIES: readonly unknown[] = ["left", "right", "tie", "skip", "undo"];

function isUnsent(found: unknown): found is Unsent {
  if (typeof found !== "object" || found === null) return false;
  const { labelling, run, rater, order, act }: Partial<Record<string, unknown>> = { ...found };
  if (typeof act !== "object" || act === null) return false;
  const { question, turn, reply }: Partial<Record<string, unknown>> = { ...act };
  const texts = [labelling, run, rater, question].every((text) => typeof text === "string");
  return texts && typeof order === "number" && typeof turn === "number" && REPLIES.includes(reply);
}
