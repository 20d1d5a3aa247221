/**
 * What the audit page and its worker say to each other.
 * @module
 */
import type { ReadScoresOptions } from "../../../evaluate/audit-collect.ts";
import type { ColumnNames } from "../../../evaluate/audit-names.ts";
import type { Audit } from "../../../evaluate/audit-types.ts";
import type { ObjectiveFile } from "../../../objective/index.ts";

/** What `allgood audit` takes as options. */
export type AuditChoices = Omit<ReadScoresOptions, "signal"> & { seed: number };

/** A request ends the one before it. `job` counts them, so that late answers are known. */
export type ToWorker = { job: number } & (
  | { kind: "look"; file: File }
  | { kind: "audit"; file: File; choices: AuditChoices }
  | { kind: "stop" }
);

/** What is done now, and the share of all that is behind it, 0…1. */
export type Progress = { now: string; share: number };

export type Audited = { audit: Audit; objective: ObjectiveFile };

export type FromWorker = { job: number } & (
  | { kind: "columns"; columns: ColumnNames }
  | { kind: "progress"; progress: Progress }
  | ({ kind: "audited" } & Audited)
  | { kind: "failed"; message: string }
);
