import { InputError } from "../../io/errors.ts";
import type { PreferencePair } from "../../preferences/index.ts";
import { finish } from "./finish.ts";
import { prepareTask, type Task } from "./task.ts";
import type { Judge, TrainedTransformer, TransformerTraining, TransformerTrainOptions } from "./training.ts";
import { createTrunk } from "./trunk.ts";
import { tuneHeads } from "./tuned-heads.ts";

/**
 * Trains Bradley–Terry heads on a transformer that all values share, by default as it is, and blends each with an n-gram model
 * of its value. 80 % of the prompts train, 20 % test; the penalty, the blend and the temperature come from cross-validation
 * within the former.
 *
 * @throws InputError where the pairs of a value are too few, the trunk has seen prompts of the test part, or tuning
 *   diverges
 */
export async function trainTransformer(
  pairs: readonly PreferencePair[],
  options: TransformerTrainOptions,
): Promise<TransformerTraining> {
  const { seed, session, signal, onProgress } = options;
  const length = Math.min(options.length ?? options.trunk.config.context, options.trunk.config.context);
  const values = [...new Set(pairs.map(({ value }) => value))].sort();
  if (values.length === 0) throw new InputError({ problem: "there is no pair to train on" });
  const start = createTrunk(options.trunk, options.tokenizer, { length, ...(session && { session }) });
  const tasks: Task[] = [];
  for (const value of values) {
    tasks.push(
      await prepareTask(
        pairs.filter((pair) => pair.value === value),
        start,
        options,
      ),
    );
  }
  const tuned =
    options.tuning &&
    (await tuneHeads(tasks, start, options.tuning, {
      seed,
      ...(session && { session }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    }));
  const trunk = tuned?.trunk ?? start;
  const models: TrainedTransformer[] = [];
  for (const [k, task] of tasks.entries()) {
    onProgress?.(`${task.value}: testing`);
    const judge = tuned?.judges[k] ?? untuned(task);
    models.push(await finish(task, { trunk, judge, ...(tuned && { tuning: tuned.tuning }) }, options));
  }
  return { trunk, models };
}

const untuned = ({ train, fit }: Task): Judge => ({
  head: fit.head,
  unseen: [...train.keys()],
  differences: fit.outOfFold,
});
