import { basename } from "node:path";
import { sha256OfFile } from "../../io/file-hash.ts";
import { defaultValue, type PreferencePair, promptHash, readPairs } from "../../preferences/index.ts";
import type { LoadedModel } from "../../rewards/index.ts";

/** The pairs of one value in one file. */
export type Dataset = {
  /** The value where it is known (from the rows, or because a model was trained on this very file), else the file. */
  label: string;
  file: string;
  format: string;
  pairs: (PreferencePair & { promptHash: string })[];
};

export type ReadDatasetOptions = { format?: string; skipBad?: boolean; signal: AbortSignal };

/** Reads files for evaluation, one dataset a file and value. */
export async function readDatasets(
  files: readonly string[],
  models: readonly { value: string; trained?: LoadedModel }[],
  options: ReadDatasetOptions,
): Promise<{ datasets: Dataset[]; bad: number }> {
  const datasets: Dataset[] = [];
  let bad = 0;
  for (const file of files) {
    const read = await readPairs([file], options);
    bad += read.badRows;
    const sha256 = await sha256OfFile(file);
    const owner = models.find(({ trained }) => trained?.info.data.some((data) => data.sha256 === sha256));
    for (const value of new Set(read.pairs.map((pair) => pair.value))) {
      datasets.push({
        label: value !== defaultValue ? value : (owner?.value ?? basename(file)),
        file,
        format: read.formats[file]!,
        pairs: read.pairs
          .filter((pair) => pair.value === value)
          .map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) })),
      });
    }
  }
  return { datasets, bad };
}
