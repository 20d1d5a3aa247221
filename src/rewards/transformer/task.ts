import { InputError } from "../../io/errors.ts";
import type { PreferencePair } from "../../preferences/index.ts";
import { fitNgram, type HashedPair, type NgramFit } from "../ngram-fit.ts";
import { parts } from "../train.ts";
import { fitHead, type HeadFit, type PooledPair } from "./head-fit.ts";
import type { TransformerTrainOptions } from "./training.ts";
import type { Trunk } from "./trunk.ts";

/** One value: its pairs, the head fitted to them, and the n-gram model that it is blended with. */
export type Task = {
  value: string;
  train: HashedPair[];
  test: HashedPair[];
  /** Of `train`, in the same order. */
  pooled: PooledPair[];
  fit: HeadFit;
  ngram?: NgramFit;
};

/** @param pairs of one value @throws InputError where they are too few, or the trunk has seen prompts of the test part */
export async function prepareTask(
  pairs: readonly PreferencePair[],
  trunk: Trunk,
  options: TransformerTrainOptions,
): Promise<Task> {
  const { seed, signal, onProgress, trunkPrompts } = options;
  const { value } = pairs[0]!;
  const told = (text: string) => onProgress?.(`${value}: ${text}`);
  const shared = { seed, onProgress: told, ...(signal && { signal }) };
  const { train, test } = parts(pairs, options);
  refuseLeak(test, value, trunkPrompts);
  const ngram = options.ngram === false ? undefined : await fitNgram(train, shared);
  const pooled = await poolPairs(train, trunk, { ...(signal && { signal }), onProgress: told });
  const fit = await fitHead(pooled, shared);
  return { value, train, test, pooled, fit, ...(ngram && { ngram }) };
}

/** Pairs whose features are computed between two reports of progress. */
const PORTION = 64;

async function poolPairs(
  pairs: readonly HashedPair[],
  trunk: Trunk,
  { signal, onProgress }: { signal?: AbortSignal; onProgress: (text: string) => void },
): Promise<PooledPair[]> {
  const pooled: PooledPair[] = [];
  for (let from = 0; from < pairs.length; from += PORTION) {
    onProgress(`reading pair ${from + 1} of ${pairs.length}`);
    const portion = pairs.slice(from, from + PORTION);
    const vectors = await trunk.vectors(
      portion.flatMap(({ prompt, chosen, rejected }) => [
        { prompt, response: chosen },
        { prompt, response: rejected },
      ]),
      { ...(signal && { signal }) },
    );
    portion.forEach(({ promptHash, margin = 0, weight = 1 }, i) => {
      const [chosen, rejected] = [vectors[2 * i]!, vectors[2 * i + 1]!];
      const difference = chosen.map((x, j) => x - rejected[j]!);
      pooled.push({ promptHash, difference, margin, weight });
    });
  }
  return pooled;
}

function refuseLeak(test: readonly HashedPair[], value: string, seen: ReadonlySet<string> | undefined): void {
  const leaked = test.filter(({ promptHash }) => seen?.has(promptHash)).length;
  if (leaked === 0) return;
  throw new InputError({
    problem: `the trunk was trained on prompts of the test part of "${value}", so the test would be no evidence`,
    found: `${leaked} of ${test.length} pairs`,
    fix: "Train the trunk on the same file with the same --seed: lm train then leaves the test part alone",
  });
}
