/**
 * What a collection's `run.json` is called by: the command and the studio go on with each other's folders, so both name
 * settings and files alike.
 * @module
 */
import { createHash } from "node:crypto";

export const LABEL_FORMAT = "allgood-label/1";

/** Names the settings of a collection, in the order of the file. */
export const collectionIdentity = (settings: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify({ format: LABEL_FORMAT, settings }))
    .digest("hex");

/** Files by content, in one text: the same files in the same order give the same. */
export const contentOf = (files: readonly { sha256: string }[]): string =>
  createHash("sha256")
    .update(files.map(({ sha256 }) => sha256).join("\n"))
    .digest("hex");
