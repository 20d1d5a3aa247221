import type { PreferencePair } from "../preferences/index.ts";
import type { JudgedPair } from "./quality.ts";
import type { RewardModel } from "./reward-model.ts";

/** r(chosen) − r(rejected) of each pair, with what quality is measured by. */
export async function judgePairs(
  model: RewardModel,
  pairs: readonly (PreferencePair & { promptHash: string })[],
  options: { signal?: AbortSignal } = {},
): Promise<JudgedPair[]> {
  const rewards = await model.score(
    pairs.flatMap(({ prompt, chosen, rejected }) => [
      { prompt, response: chosen },
      { prompt, response: rejected },
    ]),
    options,
  );
  return pairs.map(({ promptHash, chosen, rejected }, i) => ({
    promptHash,
    difference: rewards[2 * i]! - rewards[2 * i + 1]!,
    chosenLength: chosen.length,
    rejectedLength: rejected.length,
  }));
}
