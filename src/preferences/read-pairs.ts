import { InputError } from "../io/errors.ts";
import { type BadRows, eachRow, noUsableRow, type OpenFile, openFile, type ReadOptions } from "./open.ts";
import { pairsFromTruth } from "./pairs-from-truth.ts";
import { promptHash } from "./prompt-hash.ts";
import type { CandidateSetDraft, LeftOut, PairDraft, Place, Reader } from "./reader.ts";
import type { PreferencePair } from "./types.ts";
import { UniqueIds } from "./unique-ids.ts";

/** The value of pairs whose file names none, where the caller names none either. */
export const defaultValue = "preference";

export type ReadPairsOptions = ReadOptions & {
  /**
   * The human value: names the pairs of files that have no values of their own, and picks among those of files that do
   * (UltraFeedback's aspects, `factual` of FineGrained-RLHF, a `value` column, …).
   */
  value?: string;
};

export type PairsRead = BadRows & {
  pairs: PreferencePair[];
  /** Name of the format, by file. */
  formats: Record<string, string>;
  /** Rows read, bad ones included. */
  rows: number;
  /** Comparisons that say nothing usable, counted by reason: ties, prompts that differ, two times the same text. */
  leftOut: Record<string, number>;
  /** Ids that stood in a file before; the later ones got `#2`, `#3`, … */
  duplicateIds: number;
};

/**
 * Reads preference pairs from files of any known format, found by the shape of the rows.
 * @throws InputError: a file that can't be read, an unknown format or one without pairs, the first bad row (unless
 * `skipBad`), no usable row at all, a `value` that a file does not have; UsageError for an unknown `format`
 */
export async function readPairs(
  files: readonly string[],
  options: ReadPairsOptions = {},
): Promise<PairsRead> {
  const read: PairsRead = {
    pairs: [],
    formats: {},
    rows: 0,
    leftOut: {},
    duplicateIds: 0,
    bad: [],
    badRows: 0,
  };
  for (const file of files) await readFile(file, options, read);
  return read;
}

async function readFile(file: string, options: ReadPairsOptions, read: PairsRead): Promise<void> {
  const opened = await openFile(file, options);
  try {
    read.formats[file] = opened.reader.name;
    await collect(file, opened, options, read);
  } finally {
    await opened.close();
  }
}

async function collect(
  file: string,
  { reader, rows }: OpenFile,
  options: ReadPairsOptions,
  read: PairsRead,
): Promise<void> {
  if (reader.pairs === undefined && !reader.pairsFromTruth) throw withoutPairs(file, reader);
  const collector = new PairCollector(file, options.value, read);
  const grouped = new Map<string, CandidateSetDraft & Place>();
  const counts = await eachRow(rows, options, read, (value, line) => {
    const place = { file, line };
    if (reader.pairs !== undefined) collector.add(reader.pairs(value, place), place);
    else group(grouped, reader.candidates!(value, place), place);
  });
  for (const set of grouped.values()) collector.add(pairsFromTruth(set), set);
  read.rows += counts.rows;
  read.duplicateIds += collector.ids.renamed;
  if (counts.usable === 0) throw noUsableRow(file, counts.firstBad);
  collector.checkValue();
}

/** Puts the rated responses of one prompt together, so that they can be compared. */
function group(sets: Map<string, CandidateSetDraft & Place>, draft: CandidateSetDraft, place: Place): void {
  const hash = promptHash(draft.prompt);
  const set = sets.get(hash);
  if (set === undefined) sets.set(hash, { ...draft, ...place });
  else set.candidates = [...set.candidates, ...draft.candidates];
}

/** Turns drafts of one file into pairs: value, id, source; counts what is left out. */
class PairCollector {
  readonly ids = new UniqueIds();
  readonly #valuesFound = new Set<string>();
  /** Comparisons for the caller's value, whether usable or not. */
  #asked = 0;

  constructor(
    readonly file: string,
    readonly value: string | undefined,
    readonly read: PairsRead,
  ) {}

  add(drafts: readonly (PairDraft | LeftOut)[], place: Place): void {
    drafts.forEach((draft, k) => {
      if (draft.value !== undefined) this.#valuesFound.add(draft.value);
      if (draft.value !== undefined && this.value !== undefined && draft.value !== this.value) return;
      this.#asked += 1;
      const reason = "leftOut" in draft ? draft.leftOut : sameText(draft);
      if (reason !== undefined) this.read.leftOut[reason] = (this.read.leftOut[reason] ?? 0) + 1;
      else this.#addPair(draft as PairDraft, drafts.length === 1 ? "" : `.${k + 1}`, place);
    });
  }

  #addPair(draft: PairDraft, suffix: string, { file, line }: Place): void {
    this.read.pairs.push({
      id: this.ids.take(`${draft.id ?? line}${suffix}`),
      prompt: draft.prompt,
      chosen: draft.chosen,
      rejected: draft.rejected,
      value: draft.value ?? this.value ?? defaultValue,
      ...(draft.margin !== undefined && { margin: draft.margin }),
      ...(draft.weight !== undefined && { weight: draft.weight }),
      ...(draft.subset !== undefined && { subset: draft.subset }),
      source: `${file}:${line}`,
    });
  }

  /** @throws InputError where the caller's value is not among those of the file */
  checkValue(): void {
    if (this.#asked > 0 || this.#valuesFound.size === 0) return;
    throw new InputError({
      problem: "no pair of this file judges that value",
      file: this.file,
      found: [...this.#valuesFound].join(", "),
      expected: `${this.value}`,
      fix: "Choose one of the values that were found",
    });
  }
}

const sameText = ({ chosen, rejected }: PairDraft): string | undefined =>
  chosen === rejected ? "chosen and rejected are the same text" : undefined;

function withoutPairs(file: string, reader: Reader): InputError {
  return new InputError({
    problem: "this file holds candidates, not preference pairs",
    file,
    found: `format ${reader.name} (${reader.about})`,
    fix: "Give a file of pairs",
  });
}
