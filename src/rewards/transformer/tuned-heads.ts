import type { SessionOptions } from "../../engine/index.ts";
import { groupedFolds } from "../folds.ts";
import type { HashedPair } from "../ngram-fit.ts";
import { fitHead } from "./head-fit.ts";
import type { TokenPair } from "./pair-loss.ts";
import { encodeItem } from "./sequence.ts";
import type { Task } from "./task.ts";
import type { Judge, TuningOptions } from "./training.ts";
import { dot } from "./transformer-model.ts";
import { createTrunk, type Trunk } from "./trunk.ts";
import { type Tuned, tuneTransformer } from "./tune.ts";

export type TuningResult = Required<Omit<TuningOptions, "epochs">> & {
  cutPairs: number;
} & Pick<Tuned, "step" | "steps" | "measured">;

/** One prompt in so many is cut off the training part, to say when to stop. */
const CUT = 8;

/**
 * Trains the trunk along with the heads, from where the heads fitted to all but the cut stand. The start counts as a
 * measurement: where no update makes the loss on the cut smaller, all stays as it was.
 */
export async function tuneHeads(
  tasks: readonly Task[],
  start: Trunk,
  tuning: TuningOptions,
  options: {
    seed: number;
    session?: SessionOptions;
    signal?: AbortSignal;
    onProgress?: (text: string) => void;
  },
): Promise<{ trunk: Trunk; judges: Judge[]; tuning: TuningResult }> {
  const { batch = 16, learningRate = 1e-4, centring = 0.01, epochs = 2 } = tuning;
  const { seed, session } = options;
  const cuts = tasks.map((task) => cutOff(task, seed));
  const heads: Float32Array[] = [];
  for (const [k, { pooled }] of tasks.entries()) {
    heads.push(
      (
        await fitHead(
          cuts[k]!.rest.map((i) => pooled[i]!),
          options,
        )
      ).head,
    );
  }
  const tokens = (places: (cut: Cut) => number[]) =>
    tasks.flatMap(({ train }, head) => places(cuts[head]!).map((i) => tokenPair(train[i]!, head, start)));
  const tuned = await tuneTransformer(
    start.model,
    tokens(({ rest }) => rest),
    tokens(({ cut }) => cut),
    {
      ...options,
      heads,
      length: start.length,
      batch,
      epochs,
      learningRate,
      centring,
      optimiser: { weightDecay: 0.01 },
    },
  );
  const model = { ...start.model, weights: tuned.weights };
  const trunk = createTrunk(model, start.tokenizer, { length: start.length, ...(session && { session }) });
  const judges: Judge[] = [];
  for (const [k, { train }] of tasks.entries()) {
    const { cut } = cuts[k]!;
    const head = tuned.heads[k]!;
    judges.push({ head, unseen: cut, differences: await differencesOf(trunk, head, cut, train) });
  }
  const { step, steps, measured } = tuned;
  const cutPairs = cuts.reduce((sum, { cut }) => sum + cut.length, 0);
  return { trunk, judges, tuning: { batch, learningRate, centring, cutPairs, step, steps, measured } };
}

type Cut = { cut: number[]; rest: number[] };

function cutOff({ train }: Task, seed: number): Cut {
  const fold = groupedFolds(
    train.map(({ promptHash }) => promptHash),
    CUT,
    seed,
  );
  const places = [...train.keys()];
  return { cut: places.filter((i) => fold[i] === 0), rest: places.filter((i) => fold[i] !== 0) };
}

function tokenPair(
  { prompt, chosen, rejected, margin, weight }: HashedPair,
  head: number,
  trunk: Trunk,
): TokenPair {
  const encode = (response: string) => encodeItem(trunk.tokenizer, { prompt, response }, trunk.length);
  return {
    chosen: encode(chosen),
    rejected: encode(rejected),
    head,
    margin: margin ?? 0,
    weight: weight ?? 1,
  };
}

async function differencesOf(
  trunk: Trunk,
  head: Float32Array,
  places: readonly number[],
  pairs: readonly HashedPair[],
): Promise<Float64Array> {
  const vectors = await trunk.vectors(
    places.flatMap((i) => {
      const { prompt, chosen, rejected } = pairs[i]!;
      return [
        { prompt, response: chosen },
        { prompt, response: rejected },
      ];
    }),
  );
  return Float64Array.from(places, (_, k) => dot(vectors[2 * k]!, head) - dot(vectors[2 * k + 1]!, head));
}
