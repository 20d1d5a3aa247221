import { InputError } from "../io/errors.ts";
import { type BadRows, eachRow, noUsableRow, openFile, type ReadOptions } from "./open.ts";
import { promptHash } from "./prompt-hash.ts";
import type { CandidateSetDraft, Reader } from "./reader.ts";
import type { CandidateSet } from "./types.ts";
import { UniqueIds } from "./unique-ids.ts";

export type CandidatesRead = BadRows & {
  /** One set a prompt: rows of the same prompt, in whatever files, are put together in order of appearance. */
  sets: CandidateSet[];
  /** Name of the format, by file. */
  formats: Record<string, string>;
  /** Rows read, bad ones included. */
  rows: number;
  /** Ids that a set already had; the later ones got `#2`, `#3`, … */
  duplicateIds: number;
};

/**
 * Reads candidate responses from files of any known format that holds them.
 * @throws InputError: a file that can't be read, an unknown format or one without candidates, the first bad row (unless
 * `skipBad`), no usable row at all; UsageError for an unknown `format`
 */
export async function readCandidates(
  files: readonly string[],
  options: ReadOptions = {},
): Promise<CandidatesRead> {
  const counted = { formats: {} as Record<string, string>, rows: 0, bad: [], badRows: 0 };
  const sets = new Map<string, { set: CandidateSet; ids: UniqueIds }>();
  for (const file of files) {
    const { reader, rows, close } = await openFile(file, options);
    counted.formats[file] = reader.name;
    try {
      const { candidates } = reader;
      if (candidates === undefined) throw withoutCandidates(file, reader);
      const counts = await eachRow(rows, options, counted, (value, line) => {
        addTo(sets, candidates(value, { file, line }), `${file}:${line}`);
      });
      counted.rows += counts.rows;
      if (counts.usable === 0) throw noUsableRow(file, counts.firstBad);
    } finally {
      await close();
    }
  }
  const all = [...sets.values()];
  const duplicateIds = all.reduce((sum, { ids }) => sum + ids.renamed, 0);
  return { sets: all.map(({ set }) => set), duplicateIds, ...counted };
}

function addTo(
  sets: Map<string, { set: CandidateSet; ids: UniqueIds }>,
  draft: CandidateSetDraft,
  source: string,
): void {
  const hash = promptHash(draft.prompt);
  const found = sets.get(hash) ?? {
    set: { promptHash: hash, prompt: draft.prompt, candidates: [], source },
    ids: new UniqueIds(),
  };
  sets.set(hash, found);
  const { candidates } = found.set;
  for (const { response, id, truth, rewards } of draft.candidates) {
    candidates.push({
      id: found.ids.take(id ?? String(candidates.length + 1)),
      response,
      ...(truth && { truth }),
      ...(rewards && { rewards }),
    });
  }
}

export function withoutCandidates(file: string, reader: Reader): InputError {
  return new InputError({
    problem: "this file holds preference pairs, not candidates to choose among",
    file,
    found: `format ${reader.name} (${reader.about})`,
    fix: "Give rows with prompt and responses",
  });
}
